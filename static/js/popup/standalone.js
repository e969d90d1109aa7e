// In the place of a page that embeds the popup, where there is none: opened by itself, it keeps the token itself.

/** @import { Host } from "../types.d.ts" */

import * as storage from "../core/storage.js";

const TOKEN = "token";

const NO_ANSWER = 1_000; // ms; a window may have been opened by a page that knows nothing of us

/**
 * The page that has opened this window, if it answers; else nobody.
 * @param {(loader: Window) => Promise<Host>} handshake
 */
export function connectWindow(handshake) {
  if (!window.opener) return standalone();
  const silence = new Promise((resolve) => setTimeout(resolve, NO_ANSWER)).then(standalone);
  return Promise.race([handshake(window.opener), silence]);
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
