// Addresses of files hold for a day. A message whose addresses are older, on a page that has been open for long, is
// fetched anew; what was asked for follows. Loaded before the first message that carries something is shown.

import { placeMessage } from "../messages/message_list.js";
import { authHeaders } from "../messages/conversation.js";

const RETRY_AFTER = 60_000; // ms until the same message is fetched once more
const lastTries = new Map();

export async function refreshUrls({ type, target }) {
  const message = target.closest(".message[data-seq]");
  if (!message || Date.now() - (lastTries.get(message.id) ?? 0) < RETRY_AFTER) return;
  lastTries.set(message.id, Date.now());
  const response = await fetch(`/w/messages/${message.id.slice(2)}`, {
    headers: { Accept: "text/html", ...authHeaders() },
  });
  if (!response.ok) return;
  await placeMessage(await response.text(), true);
  if (type === "click") document.getElementById(message.id)?.querySelector("a[download]")?.click();
}

document.addEventListener("error", (event) => event.target.closest?.(".message") && refreshUrls(event), true);
document.addEventListener("click", (event) => {
  const expires = /^\/files\/\w+\/(\d+)/.exec(event.target.closest("a[download]")?.pathname)?.[1];
  if (expires * 1000 < Date.now()) (event.preventDefault(), refreshUrls(event));
});
