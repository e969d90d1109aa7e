// The messages of the opened conversation: puts each in its place, draws what divides them, keeps the scroll position.

import { dressFor, late, load } from "../core/lazy.js";
import { placeAmong } from "../core/htmx_hooks.js";

const NEAR = 60; // px from the end that still count as the end
const MOST = 240; // messages on the page, before those far away are dropped
const TOGETHER = 5 * 60_000; // ms between two messages that are drawn as one group
const STATUS = ["sending", "failed", "sent", "delivered", "read"]; // later ones never give way to earlier ones

/** The past of a conversation: pages of it, and a jump to anywhere in it. */
export const past = late("messages/history.js");
const quietPast = late("messages/history.js", true);
const reading = late("messages/read_receipts.js", true);
const times = late("core/times.js", true);

let popupOpen = true;
let pageFocused = false; // the page around the popup has the focus

const pill = document.getElementById("newer");
let newer = 0;
let newFrom = 0; // the number of the message that the line "New messages" stands above
let marks = {}; // how far the others have got, by what the stream said since the conversation was opened

export const box = () => document.getElementById("messages");
const atEnd = () => !box() || box().scrollHeight - box().scrollTop - box().clientHeight < NEAR;
const seqOf = (message) => Number(message.dataset.seq);
const numbered = () => [...(box()?.querySelectorAll(".message[data-seq]") ?? [])];

/** The id of the conversation that is open, or undefined. */
export const openConversation = () => document.getElementById("conversation")?.dataset.conversation;

/** Whether the newest message is among those on the page; else the reader is far back in the history. */
export const atNewest = () => !box()?.querySelector(".history-bottom");

export function parse(fragment) {
  const template = document.createElement("template");
  template.innerHTML = fragment;
  return template.content.firstElementChild;
}

/** Resolves when everything is there for showing a fragment with messages. */
export async function ready(fragment) {
  await dressFor(fragment);
  if (fragment.includes("<time")) await times(() => {});
  if (/data-dress=.[\w ]*message_content/.test(fragment)) await load("attachments/refresh_urls.js").catch(() => {}); // their addresses may be old
}

/** A conversation was opened: draw it from its end, or from the first message that is new. */
export function openLog() {
  newFrom = 0;
  marks = {};
  const messages = numbered();
  const read = Number(box()?.dataset.readUpto);
  const first = messages.findIndex((it) => it.dataset.mine === "false" && it.dataset.kind !== "system" && seqOf(it) > read);
  if (first > 0) newFrom = seqOf(messages[first]);
  group();
  scrollToEnd();
  const line = box()?.querySelector(".divider.new");
  if (line && line.offsetTop < box().scrollTop) box().scrollTop = line.offsetTop - NEAR;
}

/** Whether somebody looks at this tab's messages now. */
export const isLooking = () => popupOpen && !document.hidden && (document.hasFocus() || pageFocused);

/** What this document cannot know by itself: whether the popup is open, and the page around it has the focus. */
export function setLooking(now) {
  ({ open: popupOpen = popupOpen, pageFocused = pageFocused } = now);
  dispatchEvent(new Event("chat-looking"));
}

/** Fill in the times and the days under `root`, if there are any. */
export async function showTimes(root = document) {
  if (root.querySelector("time, [data-day]")) await times((it) => it.showTimes(root));
}

export function scrollToEnd() {
  const messages = box();
  if (messages) {
    messages.scrollTop = messages.scrollHeight;
    // Only now may its ends load more, and only by what keeps in place what is being read.
    if (messages.querySelector(".history-top, .history-bottom")) quietPast(() => (messages.dataset.placed = ""));
  }
  showPill();
}

function showPill() {
  if (atEnd() && atNewest()) newer = 0;
  pill.hidden = !box() || (atEnd() && atNewest());
  const words = newer ? `${newer} new` : "";
  pill.querySelector("span").textContent = words;
  pill.ariaLabel = words || "To the newest message";
}

/** Puts a message's fragment where its number says, in place of what stood for it so far; a mere change (`update`)
    only where the message is on the page. Resolves to whether it is one that was not known. */
export async function place(fragment, update) {
  await ready(fragment);
  const incoming = parse(fragment);
  if (incoming?.dataset.conversation !== openConversation()) return;
  const mine = incoming.dataset.mine === "true";
  const known = document.getElementById(incoming.id);
  if (known?.dataset.version > Number(incoming.dataset.version)) return; // it was overtaken on its way
  if (update) requote(incoming);
  if (!known && (update || !atNewest())) {
    if (!update && !mine) newer++;
    return showPill();
  }
  const stay = atEnd();
  // What was drawn when it was sent goes: its number may sort it differently.
  if (mine) forClient(incoming.dataset.clientId).forEach((it) => it === known || it.remove());
  // What has not left yet has no number, and stands at the end.
  await placeAmong(box(), fragment, incoming.id, (it) => it.matches(".message") && !(seqOf(it) <= seqOf(incoming)));
  const placed = document.getElementById(incoming.id);
  document.getElementById("greeting-shown")?.remove();
  if (mine) raise(placed);
  else if (!known && !newFrom && !isLooking() && incoming.dataset.kind !== "system") newFrom = seqOf(placed);
  group([placed, placed.nextElementSibling]);
  if (!known && !mine) placed.classList.add("arriving");
  if (stay) {
    scrollToEnd();
    if (numbered().length > MOST) quietPast(({ trim }) => trim());
    return;
  }
  if (!known && !mine) newer++;
  showPill();
}

/** Draw days, the line above what is new, and messages of one sender within five minutes as one (`continues`). */
export function group(messages = box()?.querySelectorAll(".message") ?? []) {
  const time = (it) => new Date(it.querySelector("time").dateTime);
  const day = (it) => time(it).toDateString();
  for (const message of messages) {
    if (!message?.matches?.(".message")) continue;
    message.querySelectorAll(".divider").forEach((it) => it.remove());
    let previous = message.previousElementSibling;
    if (!previous?.matches(".message")) previous = null;
    if (newFrom && seqOf(message) === newFrom) divide(message, "new", "New messages");
    if (!previous || day(previous) !== day(message)) divide(message, "day", "").dataset.day = time(message).toISOString();
    const together = previous?.dataset.sender === message.dataset.sender && previous?.dataset.mine === message.dataset.mine;
    const apart = !together || message.querySelector(".divider") || message.dataset.kind === "system";
    message.classList.toggle("continues", !apart && time(message) - time(previous) < TOGETHER);
    showTimes(message);
    if (message.dataset.mine === "false" && message.dataset.seq) reading(({ watch }) => watch(message));
  }
}

function divide(message, kind, words) {
  const line = document.createElement("p");
  line.className = `divider ${kind}`;
  line.textContent = words;
  message.prepend(line);
  return line;
}

/** All elements drawn for a message that this browser sent. */
export const forClient = (clientId) => [...(box()?.querySelectorAll(`.message[data-client-id="${CSS.escape(clientId)}"]`) ?? [])];

/** Everybody else has taken, and read, up to these numbers: ticks under one's own messages. */
export function markStatus(conversation, delivered, read) {
  if (conversation !== openConversation()) return;
  marks = { delivered, read };
  box().querySelectorAll('.message[data-mine="true"][data-seq]').forEach(raise);
}

function raise(message) {
  const seq = seqOf(message);
  const reached = seq <= marks.read ? "read" : seq <= marks.delivered ? "delivered" : "sent";
  if (STATUS.indexOf(reached) > STATUS.indexOf(message.dataset.status)) message.dataset.status = reached;
}

/** A message that is quoted elsewhere on the page says something else now. */
function requote(message) {
  for (const quote of box().querySelectorAll(`.quote[data-original="${message.id.slice(2)}"] span`)) {
    const words = message.querySelector(".body").textContent.replace(/\s+/g, " ").slice(0, 200);
    if ("deleted" in message.dataset) quote.textContent = "Deleted message";
    else if (words) quote.textContent = words; // else it is called after what it carries, which stays
  }
}

pill.addEventListener("click", async () => {
  if (!atNewest()) await past((it) => it.open(openConversation()));
  scrollToEnd();
});
document.addEventListener("scroll", (event) => event.target === box() && showPill(), true);

// A window that changes its height (a phone's keyboard, the composer growing) keeps the newest message in view.
let wasAtEnd = true;
document.addEventListener("scroll", () => (wasAtEnd = atEnd()), true);
new ResizeObserver(() => wasAtEnd && scrollToEnd()).observe(document.getElementById("main"));
