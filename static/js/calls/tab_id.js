// This tab, by a name of its own that lasts for as long as the tab does: a page that is loaded anew in it finds the
// call again that it was in. A tab that was duplicated brings along the name of its original, and gets another one.

import { locksWork } from "../core/locks.js";
import { newId } from "../composer/outbox.js";

const NAME = "call-tab";
const PATIENCE = 1_000; // ms until the page that was here before has let go of the name

let found;

/** The id of this tab, a UUID. */
export const tabId = () => (found ??= find());

async function find() {
  let id = kept();
  if (!id || ((await locksWork()) && !(await hold(id)))) {
    id = newId();
    if (await locksWork()) await hold(id);
  }
  try {
    sessionStorage.setItem(NAME, id);
  } catch {
    // Storage is blocked: the name lasts as long as the page.
  }
  return id;
}

function kept() {
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}

/** Resolves to whether no other page has this name; then it is held until this page goes. */
function hold(id) {
  return new Promise((resolve) => {
    navigator.locks
      .request(`${NAME}:${id}`, { signal: AbortSignal.timeout(PATIENCE) }, () => {
        resolve(true);
        return new Promise(() => {});
      })
      .catch(() => resolve(false));
  });
}
