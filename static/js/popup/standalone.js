// In the place of a page that embeds the popup, where there is none: opened by itself, it keeps the token itself.

import * as storage from "../core/storage.js";

const TOKEN = "token";

/** What connectHost in host.js resolves to. */
export function standalone() {
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
