// The past: pages come in above and below without moving what is being read, and those far away are dropped, so that
// a conversation of any length stays quick. A message anywhere in it can be jumped to.

import { loadStyles } from "../core/lazy.js";
import "./carried.js";
import { messagesElement, groupMessages, openConversation, scrollToEnd } from "./message_list.js";
import { authHeaders } from "./conversation.js";
import { onAfterSwap, onBeforeSwap } from "../core/htmx_hooks.js";
import { showTimes } from "../core/times.js";

// Pages come in by htmx, which does not wait for what their messages take.
await Promise.all(["message_content", "content"].map(loadStyles));

const MAX_MESSAGES = 200; // messages that stay on the page

const newerButton = document.getElementById("newer");
const messages = () => [...messagesElement().querySelectorAll(".message[data-seq]")];

/** @type {{element: HTMLElement, top: number, above: boolean} | null} What must stay where it is. */
let anchor = null;

onBeforeSwap((target) => {
  anchor = null;
  if (!messagesElement() || !target?.matches?.(".history-top, .history-bottom")) return;
  const view = messagesElement().getBoundingClientRect();
  const element = messages().find((it) => it.getBoundingClientRect().bottom > view.top);
  anchor = element && { element, top: element.getBoundingClientRect().top, above: target.matches(".history-top") };
});

onAfterSwap(() => {
  if (!anchor || !messagesElement()) return;
  const { element, top, above } = anchor;
  anchor = null;
  showTimes(messagesElement());
  dropFar(above);
  groupMessages();
  // Also in browsers that do not anchor by themselves; in those that do this is nothing.
  messagesElement().scrollTop += element.getBoundingClientRect().top - top;
});

/** New messages have come in below: whoever is at the end does not need the beginning on the page. */
export function trim() {
  if (messagesElement() && newerButton.hidden) (dropFar(false), scrollToEnd());
}

/** Drop what is too far away: at the end when older messages came in above, else at the beginning. */
function dropFar(fromEnd) {
  const all = messages();
  const far = fromEnd ? all.slice(MAX_MESSAGES) : all.slice(0, Math.max(0, all.length - MAX_MESSAGES));
  if (!far.length) return;
  messagesElement()
    .querySelector(fromEnd ? ".history-bottom" : ".history-top")
    ?.remove();
  far.forEach((it) => it.remove());
  const loader = document.createElement("div");
  loader.className = fromEnd ? "history-bottom" : "history-top";
  const edge = fromEnd ? `after=${messages().at(-1).dataset.seq}` : `before=${messages()[0].dataset.seq}`;
  loader.setAttribute("hx-get", `/w/conversations/${openConversation()}?${edge}`);
  loader.setAttribute("hx-trigger", "intersect once");
  loader.setAttribute("hx-swap", "outerHTML");
  if (fromEnd) messagesElement().append(loader);
  else messagesElement().prepend(loader);
  htmx.process(loader);
}

/**
 * Open a conversation; at message number `around`, else at its newest.
 * @param {string} conversation
 * @param {string | number} [around]
 */
export function open(conversation, around) {
  const place = around ? `?around=${around}` : "";
  return htmx.ajax("GET", `/w/conversations/${conversation}${place}`, { target: "#conversation", swap: "outerHTML" });
}

/**
 * Show a message, wherever it is, and let it light up.
 * @param {string} conversation
 * @param {string | number} seq
 * @param {string} id
 */
export async function jump(conversation, seq, id) {
  if (conversation !== openConversation() || !document.getElementById(`m-${id}`)) await open(conversation, seq);
  const message = document.getElementById(`m-${id}`);
  if (!message) return;
  message.scrollIntoView({ block: "center" });
  message.classList.remove("highlighted");
  void message.offsetWidth; // begin anew
  message.classList.add("highlighted");
}

/**
 * Show the message that a link leads to; nothing happens when it is not for this visitor.
 * @param {string} id
 */
export async function follow(id) {
  const headers = { Accept: "application/json", ...authHeaders() };
  const response = await fetch(`/w/messages/${id}`, { headers });
  if (!response.ok) return;
  const { conversation, seq } = await response.json();
  await jump(conversation, seq, id);
}
