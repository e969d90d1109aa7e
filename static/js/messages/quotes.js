// Loaded when a message has changed that may be quoted elsewhere on the page.

import { _ } from "../core/i18n.js";

/**
 * The quotes of a message say what it says now.
 * @param {HTMLElement} message
 */
export function updateQuotes(message) {
  for (const quote of document.querySelectorAll(`.quote[data-original="${message.id.slice(2)}"] span`)) {
    const words = message.querySelector(".body").textContent.replace(/\s+/g, " ").slice(0, 200);
    if ("deleted" in message.dataset) quote.textContent = _("Deleted message");
    else if (words) quote.textContent = words; // else it is called after what it carries, which stays
  }
}
