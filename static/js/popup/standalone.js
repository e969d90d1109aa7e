// In the place of a page that embeds the popup, where there is none: opened by itself, it keeps the token itself.

/** @import { Host } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import { make } from "../core/dom.js";
import * as storage from "../core/storage.js";

const TOKEN = "token";

const NO_ANSWER = 1_000; // ms; a window may have been opened by a page that knows nothing of us

/**
 * The page that has opened this window, if it answers; else nobody.
 * @param {(loader: Window) => Promise<Host>} handshake
 * @returns {Promise<Host>}
 */
export async function connectWindow(handshake) {
  const silence = new Promise((resolve) => setTimeout(resolve, NO_ANSWER));
  const host = window.opener && (await Promise.race([handshake(window.opener), silence]));
  return host || (location.hash === "#popout" ? cutOff() : standalone());
}

/**
 * Popped out of a page that cannot be reached (Cross-Origin-Opener-Policy): the visitor is the page's, and no second
 * one is begun here.
 * @returns {Promise<Host>}
 */
function cutOff() {
  document.getElementById("composer").hidden = true;
  document.getElementById("connection").hidden = true;
  const reason = _("This window cannot reach the page that it was opened from. Please go on in that page.");
  document.getElementById("main").replaceChildren(make("p", { className: "refusal", role: "alert" }, reason));
  return new Promise(() => {});
}

/** @returns {Host} */
function standalone() {
  return {
    opened: true,
    getSession: async () => ({ token: storage.get(TOKEN), profile: {}, page: location.href }),
    saveSession: async (token) => storage.set(TOKEN, token),
    forgetSession: () => storage.set(TOKEN, undefined),
    notify: (type) => type === "close" && window.close(),
    // A link to a message leads here as well.
    onMessage: (fn) => linkedMessage() && fn({ type: "jump", message: linkedMessage() }),
  };
}

const linkedMessage = () => /^#chat-message-(\w+)$/.exec(location.hash)?.[1];
