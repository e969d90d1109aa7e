// This tab, by a name of its own that lasts for as long as the tab does: a page that is loaded anew in it finds the
// call again that it was in. A tab that was duplicated brings along the name of its original, and gets another one.

import { locksWork } from "../core/locks.js";
import { newId } from "../composer/outbox.js";

const NAME = "call-tab";
const TIMEOUT = 1_000; // ms until the page that was here before has let go of the name

/** @type {Promise<string>} */
let foundId;

/** The id of this tab, a UUID. */
export const tabId = () => (foundId ??= findId());

async function findId() {
  let id = storedId();
  if (!id || ((await locksWork()) && !(await holdName(id)))) {
    id = newId();
    if (await locksWork()) await holdName(id);
  }
  try {
    sessionStorage.setItem(NAME, id);
  } catch {
    // Storage is blocked: the name lasts as long as the page.
  }
  return id;
}

function storedId() {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}

/** Resolves to whether no other page has this name; then it is held until this page goes. */
function holdName(id) {
  return new Promise((resolve) => {
    navigator.locks
      .request(`${NAME}:${id}`, { signal: AbortSignal.timeout(TIMEOUT) }, () => {
        resolve(true);
        return new Promise(() => {});
      })
      .catch(() => resolve(false));
  });
}
