// Addresses of files hold for a day. A message whose addresses are older, on a page that has been open for long, is
// fetched anew; what was asked for follows. Loaded before the first message that carries something is shown.

import { authHeaders } from "../messages/conversation.js";
import { placeMessage } from "../messages/placement.js";

const RETRY_AFTER = 60_000; // ms until the same message is fetched once more

/** @type {Map<string, number>} When a message was last fetched, by the id of its element. */
const lastTries = new Map();

/**
 * Whether the address of a file holds no more.
 * @param {HTMLAnchorElement} link
 */
export const isExpired = ({ pathname }) => Number(/^\/files\/\w+\/(\d+)/.exec(pathname)?.[1]) * 1000 < Date.now();

/**
 * Fetch the message anew that an element stands in, unless that has just been done.
 * @param {Element} element
 * @returns {Promise<HTMLElement | undefined>} the message as it is now
 */
export async function refreshUrls(element) {
  const message = element.closest(".message[data-seq]");
  if (!message || Date.now() - (lastTries.get(message.id) ?? 0) < RETRY_AFTER) return undefined;
  lastTries.set(message.id, Date.now());
  const headers = { Accept: "text/html", ...authHeaders() };
  const response = await fetch(`/w/messages/${message.id.slice(2)}`, { headers });
  if (!response.ok) return undefined;
  await placeMessage(await response.text(), true);
  return document.getElementById(message.id);
}

document.addEventListener("error", ({ target }) => target instanceof Element && refreshUrls(target), true);
document.addEventListener("click", async (event) => {
  const link = /** @type {Element} */ (event.target).closest(".message a[download]");
  if (!(link instanceof HTMLAnchorElement) || !isExpired(link)) return;
  event.preventDefault();
  (await refreshUrls(link))?.querySelector("a[download]")?.click();
});
