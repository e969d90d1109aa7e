// In the place of a page that embeds the popup, where there is none: opened by itself, it keeps the token itself.

import * as kept from "../core/storage.js";

const TOKEN = "token";

/** What connectHost in host.js resolves to. */
export function alone() {
  return {
    opened: true,
    ask: async () => ({ token: kept.get(TOKEN), profile: {}, page: location.href }),
    session: async (token) => kept.set(TOKEN, token),
    forget: () => kept.set(TOKEN, undefined),
    tell: (type) => type === "close" && window.close(),
    // A link to a message leads here as well.
    onMessage: (fn) => linkedMessage() && fn({ type: "jump", message: linkedMessage() }),
  };
}

const linkedMessage = () => /^#chat-message-(\w+)$/.exec(location.hash)?.[1];
