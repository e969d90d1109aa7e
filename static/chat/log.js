// The messages of the opened conversation: puts each in its place, keeps the scroll position, marks what was read.

import { afterSwap, beforeSwap } from "./swaps.js";
import { showTimes } from "./times.js";

const NEAR = 60; // px from the end that still count as the end

const TOGETHER = 5 * 60_000; // ms between two messages that are drawn as one group

const pill = document.getElementById("newer");
let newer = 0;

const box = () => document.getElementById("messages");
const atEnd = () => !box() || box().scrollHeight - box().scrollTop - box().clientHeight < NEAR;

/** The id of the conversation that is open, or undefined. */
export const openConversation = () => document.getElementById("conversation")?.dataset.conversation;

/** The number of the newest message shown. */
export function newestSeq() {
  return [...(box()?.querySelectorAll(".message[data-seq]") ?? [])].reduce((most, it) => Math.max(most, it.dataset.seq), 0);
}

export function scrollToEnd() {
  const messages = box();
  if (messages) {
    messages.scrollTop = messages.scrollHeight;
    messages.dataset.placed = ""; // only now may its head load more history
  }
  newer = 0;
  pill.hidden = true;
}

/** Puts a message's fragment where its number says, in place of what stood for it so far. */
export async function place(fragment) {
  const template = document.createElement("template");
  template.innerHTML = fragment;
  const incoming = template.content.querySelector(".message");
  if (!incoming || incoming.dataset.conversation !== openConversation()) return;
  const stay = atEnd();
  const mine = incoming.dataset.mine === "true";
  const known = document.getElementById(incoming.id);
  // What was drawn when it was sent goes: its number may sort it differently.
  if (mine) forClient(incoming.dataset.clientId).forEach((it) => it === known || it.remove());
  await htmx.swap({ sourceElement: box(), target: box(), swap: "upsert key:data-seq sort", text: fragment });
  const placed = document.getElementById(incoming.id);
  document.getElementById("greeting-shown")?.remove();
  showTimes(placed);
  group([placed, placed.nextElementSibling]);
  if (!known && !mine) placed.classList.add("arriving");
  if (stay) scrollToEnd();
  else if (!known && !mine) {
    pill.hidden = false;
    pill.querySelector("span").textContent = `${++newer} new`;
  }
}

/** Draw messages of one sender within five minutes as one: `continues` on all but the first. */
export function group(messages = box()?.querySelectorAll(".message") ?? []) {
  for (const message of messages) {
    const previous = message?.previousElementSibling;
    if (!previous?.matches(".message")) continue;
    const time = (it) => new Date(it.querySelector("time").dateTime);
    const together = previous.dataset.sender === message.dataset.sender && previous.dataset.mine === message.dataset.mine;
    message.classList.toggle("continues", together && time(message) - time(previous) < TOGETHER);
  }
}

/** All elements drawn for a message that this browser sent. */
export const forClient = (clientId) => [...(box()?.querySelectorAll(`.message[data-client-id="${CSS.escape(clientId)}"]`) ?? [])];

/** Everybody else has read up to this number: double ticks on one's own messages. */
export function markRead(conversation, upto) {
  if (conversation !== openConversation()) return;
  for (const message of box().querySelectorAll('.message[data-mine="true"][data-status="sent"]'))
    if (Number(message.dataset.seq) <= upto) message.dataset.status = "read";
}

pill.addEventListener("click", scrollToEnd);
document.addEventListener("scroll", (event) => event.target === box() && atEnd() && scrollToEnd(), true);

// A window that changes its height (a phone's keyboard, the composer growing) keeps the newest message in view.
let wasAtEnd = true;
document.addEventListener("scroll", () => (wasAtEnd = atEnd()), true);
new ResizeObserver(() => wasAtEnd && scrollToEnd()).observe(document.getElementById("main"));

// Older messages come in above: the reader's place stays where it was, also in browsers without scroll anchoring.
let before = null;
beforeSwap((target) => {
  before = target?.matches?.(".history-top") && box() ? { height: box().scrollHeight, top: box().scrollTop } : null;
});
afterSwap(() => {
  showTimes();
  group();
  if (before && box()) box().scrollTop = before.top + box().scrollHeight - before.height;
  before = null;
});
