// Addresses of files hold for a day. A message whose addresses are older, on a page that has been open for long, is
// fetched anew; what was asked for follows. Loaded before the first message that carries something is shown.

import { place } from "../messages/message_list.js";
import { session } from "../messages/conversation.js";

const AGAIN = 60_000; // ms until the same message is fetched once more
const tried = new Map();

export async function refresh({ type, target }) {
  const message = target.closest(".message[data-seq]");
  if (!message || Date.now() - (tried.get(message.id) ?? 0) < AGAIN) return;
  tried.set(message.id, Date.now());
  const response = await fetch(`/w/messages/${message.id.slice(2)}`, { headers: { Accept: "text/html", ...session() } });
  if (!response.ok) return;
  await place(await response.text(), true);
  if (type === "click") document.getElementById(message.id)?.querySelector("a[download]")?.click();
}

document.addEventListener("error", (event) => event.target.closest?.(".message") && refresh(event), true);
document.addEventListener("click", (event) => {
  const expires = /^\/files\/\w+\/(\d+)/.exec(event.target.closest("a[download]")?.pathname)?.[1];
  if (expires * 1000 < Date.now()) event.preventDefault(), refresh(event);
});
