// The messages of the opened conversation: draws what divides them, keeps the scroll position.

import { _ } from "../core/i18n.js";
import { loadStylesFor, lazy, load } from "../core/lazy.js";

const END_MARGIN = 60; // px from the end that still count as the end
const GROUP_WITHIN = 5 * 60_000; // ms between two messages that are drawn as one group

/** The past of a conversation: pages of it, and a jump to anywhere in it. */
export const withHistory = lazy("messages/history.js");
const withHistoryQuietly = lazy("messages/history.js", true);
const withReadReceipts = lazy("messages/read_receipts.js", true);
const withTimes = lazy("core/times.js", true);
const withNewer = lazy("messages/newer.js", true);

let popupOpen = true;
let pageFocused = false; // the page around the popup has the focus

const newerButton = document.getElementById("newer");
let firstNewSeq = 0; // the number of the message that the line "New messages" stands above

/** Where the messages of the opened conversation stand. */
export const messagesElement = () => document.getElementById("messages");
/** Whether the end of the messages is in view. */
export const atEnd = () =>
  !messagesElement() ||
  messagesElement().scrollHeight - messagesElement().scrollTop - messagesElement().clientHeight < END_MARGIN;
/** @param {HTMLElement} message */
export const seqOf = (message) => Number(message.dataset.seq);
const timeOf = (message) => new Date(message.querySelector("time").dateTime);
const dayOf = (message) => timeOf(message).toDateString();
/** Those on the page that the server has numbered. */
export const sentMessages = () => [...(messagesElement()?.querySelectorAll(".message[data-seq]") ?? [])];

/** The id of the conversation that is open, or undefined. */
export const openConversation = () => document.getElementById("conversation")?.dataset.conversation;

/** Whether the newest message is among those on the page; else the reader is far back in the history. */
export const showsNewest = () => !messagesElement()?.querySelector(".history-bottom");

/**
 * The element that a fragment is.
 * @param {string} fragment
 */
export function parseFragment(fragment) {
  const template = document.createElement("template");
  template.innerHTML = fragment;
  return /** @type {HTMLElement} */ (template.content.firstElementChild);
}

/**
 * Resolves when everything is there for showing a fragment with messages.
 * @param {string} fragment
 */
export async function prepareFragment(fragment) {
  await loadStylesFor(fragment);
  if (fragment.includes('<time datetime="2')) await withTimes(() => {});
  // The addresses of what they carry may be old.
  if (/data-styles=.[\w ]*message_content/.test(fragment)) await load("messages/carried.js").catch(() => {});
}

/** A conversation was opened: draw it from its end, or from the first message that is new. */
export function showMessages() {
  firstNewSeq = 0;
  const messages = sentMessages();
  const read = Number(messagesElement()?.dataset.readUpto);
  const first = messages.findIndex(
    (it) => it.dataset.mine === "false" && it.dataset.kind !== "system" && seqOf(it) > read,
  );
  if (first > 0) firstNewSeq = seqOf(messages[first]);
  groupMessages();
  scrollToNew();
}

/** Show the end; or, if what is new does not fit above it, where that begins. */
export function scrollToNew() {
  scrollToEnd();
  const box = messagesElement();
  const line = box?.querySelector(".divider.new");
  if (line && line.offsetTop < box.scrollTop) box.scrollTop = line.offsetTop - END_MARGIN;
}

/**
 * Nobody looks, and this message is new: the line stands above the first of them.
 * @param {HTMLElement} message
 */
export function markNew(message) {
  if (firstNewSeq || isVisible()) return;
  messagesElement().querySelector(".divider.new")?.remove();
  firstNewSeq = seqOf(message);
}

/** Whether the popup is open on its page. */
export const isOpen = () => popupOpen;

/** Whether somebody looks at this tab's messages now. */
export const isVisible = () => popupOpen && hasFocus();

/** Somebody is at this page, or at the one around it: of all the windows of a computer at most one has the focus. */
export const hasFocus = () => !document.hidden && (document.hasFocus() || pageFocused);

/**
 * What this document cannot know by itself: whether the popup is open, and the page around it has the focus.
 * @param {{open?: boolean, pageFocused?: boolean}} now
 */
export function setVisibility(now) {
  ({ open: popupOpen = popupOpen, pageFocused = pageFocused } = now);
  if (now.open === false && atEnd()) firstNewSeq = 0; // all of it has been on the screen
  dispatchEvent(new Event("chat-visibility"));
}

/**
 * Fill in the times and the days under `root`, if there are any.
 * @param {ParentNode} [root]
 */
export async function showTimes(root = document) {
  if (root.querySelector("time, [data-day]")) await withTimes((it) => it.showTimes(root));
}

/** Show the newest message that is on the page. */
export function scrollToEnd() {
  const messages = messagesElement();
  if (messages) {
    messages.scrollTop = messages.scrollHeight;
    // Only now may its ends load more, and only by what keeps in place what is being read.
    if (messages.querySelector(".history-top, .history-bottom"))
      withHistoryQuietly(() => (messages.dataset.placed = ""));
  }
  updateNewer();
}

/**
 * Show the way to the newest message while that is not in view; so many more are new.
 * @param {number} [added]
 */
export function updateNewer(added = 0) {
  if (!newerButton.hidden || !atEnd() || !showsNewest()) withNewer((it) => it.update(added));
}

/**
 * Draw days, the line above what is new, and messages of one sender within five minutes as one (`continues`).
 * @param {Iterable<HTMLElement>} [messages]
 */
export function groupMessages(messages = messagesElement()?.querySelectorAll(".message") ?? []) {
  for (const message of messages) {
    if (!message?.matches?.(".message")) continue;
    message.querySelectorAll(".divider").forEach((it) => it.remove());
    let previous = /** @type {HTMLElement} */ (message.previousElementSibling);
    if (!previous?.matches(".message")) previous = null;
    if (firstNewSeq && seqOf(message) === firstNewSeq) addDivider(message, "new", _("New messages"));
    if (!previous || dayOf(previous) !== dayOf(message))
      addDivider(message, "day", "").dataset.day = timeOf(message).toISOString();
    const together =
      previous?.dataset.sender === message.dataset.sender && previous?.dataset.mine === message.dataset.mine;
    const apart = !together || message.querySelector(".divider") || message.dataset.kind === "system";
    message.classList.toggle("continues", !apart && Number(timeOf(message)) - Number(timeOf(previous)) < GROUP_WITHIN);
    showTimes(message);
    if (message.dataset.mine === "false" && message.dataset.seq) withReadReceipts(({ watch }) => watch(message));
  }
}

function addDivider(message, kind, words) {
  const line = document.createElement("p");
  line.className = `divider ${kind}`;
  line.textContent = words;
  message.prepend(line);
  return line;
}

/**
 * All elements drawn for a message that this browser sent.
 * @param {string} clientId
 */
export const messagesByClientId = (clientId) => [
  ...(messagesElement()?.querySelectorAll(`.message[data-client-id="${CSS.escape(clientId)}"]`) ?? []),
];

document.addEventListener("scroll", (event) => event.target === messagesElement() && updateNewer(), true);

// A window that changes its height (a phone's keyboard, the composer growing) keeps the newest message in view.
let wasAtEnd = true;
document.addEventListener("scroll", () => (wasAtEnd = atEnd()), true);
new ResizeObserver(() => wasAtEnd && scrollToEnd()).observe(document.getElementById("main"));
// What unfolds in a message once something is chosen, is to be seen.
document.addEventListener("change", ({ target }) =>
  /** @type {Element} */ (target).closest(".rating")?.scrollIntoView({ block: "nearest" }),
);
