// What stands beside a conversation: loaded anew when more is known of its visitor, and when its addresses of files,
// which hold for a day, have become old.

import { isExpired } from "../attachments/refresh_urls.js";
import { refreshSheet } from "../messages/conversation.js";
import { loadHead } from "../messages/head.js";
import { openConversation, showTimes } from "../messages/message_list.js";

/** Load it anew, with the head of the conversation; what is unfolded or written in it stays. */
export async function refreshVisitor() {
  const conversation = openConversation();
  await loadHead();
  await refreshSheet(`people:${conversation}`);
  showTimes();
}

document.addEventListener("click", async (event) => {
  const link = /** @type {Element} */ (event.target).closest("[data-testid=visitor-file] a[target]");
  if (!(link instanceof HTMLAnchorElement) || !isExpired(link)) return;
  event.preventDefault();
  const { id } = link.closest("li");
  await refreshVisitor();
  const renewed = /** @type {HTMLAnchorElement} */ (document.querySelector(`#${id} a[target]`));
  if (renewed && !isExpired(renewed)) renewed.click();
});
