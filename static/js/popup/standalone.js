// In the place of a page that embeds the popup, where there is none: a window that was popped out of one goes on with
// that page's session; opened by itself, the popup keeps the token itself.

/** @import { Host } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import { make } from "../core/dom.js";
import { loadStyles } from "../core/lazy.js";
import * as storage from "../core/storage.js";

const TOKEN = "token";
const POPPED_OUT = "popped-out";

/** @returns {Promise<Host>} */
export async function connectWindow() {
  const [popout, ticket] = location.hash.split("=");
  if (popout !== "#popout") return standalone();
  addEventListener("hashchange", () => location.reload()); // popped out once more, into this window
  if (ticket) await redeem(ticket);
  return poppedOut();
}

/**
 * Take over the session that a ticket stands for; what came before is over.
 * @param {string} ticket
 */
async function redeem(ticket) {
  history.replaceState(null, "", "#popout");
  keep(null);
  const response = await fetch(`/w/popouts/${encodeURIComponent(ticket)}`, {
    method: "POST",
    headers: { Accept: "application/json" },
  }).catch(() => null);
  if (response?.ok) keep(await response.json());
}

/** @type {{token: string, page: string}} Also for when this window is loaded again; no other tab has it. */
let session = null;

function keep(it) {
  session = it;
  try {
    sessionStorage.setItem(POPPED_OUT, JSON.stringify(it));
  } catch {}
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(POPPED_OUT));
  } catch {}
}

/** @returns {Host} */
function poppedOut() {
  session ??= kept();
  return {
    opened: true,
    getSession: async () => (session ? { ...session, page: [session.page], profile: {} } : refuse()),
    saveSession: async (token) => keep({ ...session, token }),
    forgetSession: () => refuse(),
    notify: (type) => type === "close" && window.close(),
    onMessage: () => {},
  };
}

/**
 * The session is over, or never came here. The visitor is the page's: no second one is begun in this window.
 * @returns {never}
 */
function refuse() {
  const page = session?.page || document.referrer;
  keep(null);
  loadStyles("invitation");
  document.getElementById("connection").hidden = true;
  const reason = _("This window does not belong to a chat any more. Please go on in the page that it was opened from.");
  const refusal = make("p", { className: "refusal", role: "alert" }, reason);
  const back = page ? make("a", { className: "button", href: page }, _("Back to the page")) : "";
  const fragment = make("div", { className: "invitation" }, refusal, back).outerHTML;
  throw Object.assign(new Error(reason), { response: new Response(fragment, { status: 401 }) });
}

/** @returns {Host} */
function standalone() {
  return {
    opened: true,
    getSession: async () => ({ token: storage.get(TOKEN), profile: {}, page: [location.href] }),
    saveSession: async (token) => storage.set(TOKEN, token),
    forgetSession: () => storage.set(TOKEN, undefined),
    notify: (type) => type === "close" && window.close(),
    // A link to a message leads here as well.
    onMessage: (fn) => linkedMessage() && fn({ type: "jump", message: linkedMessage() }),
  };
}

const linkedMessage = () => /^#chat-message-(\w+)$/.exec(location.hash)?.[1];
