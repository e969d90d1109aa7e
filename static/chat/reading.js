// What has been read: messages that were on the screen while somebody looked at this tab, told to the server.

import * as kept from "./kept.js";

const PAUSE = 100; // ms; many messages at once are told together
const READING = "reading";

let open = true; // the popup may be closed
let pageFocused = false; // the page around the popup has the focus
let name; // of the conversation that is watched
let told = 0;
let timer;
let tell = () => {};

const seen = new Set();
const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target);
  report();
});

/** `post(conversation, upto)` is called with what was read; it returns a promise. */
export function startReading(post) {
  tell = post;
  addEventListener("focus", report);
  addEventListener("pagehide", tellNow);
  document.addEventListener("visibilitychange", report);
}

/** Whether somebody looks at this tab's messages now. */
export const isReading = () => open && !document.hidden && (document.hasFocus() || pageFocused);

/** Whether some tab of this browser has shown message `seq` to somebody; only what was read last is remembered. */
export function isRead(conversation, seq) {
  const last = kept.get(READING);
  return last?.conversation === conversation && last.upto >= seq;
}

/** What this document cannot know by itself: whether the popup is open, and the page around it has the focus. */
export function setReading(now) {
  ({ open = open, pageFocused = pageFocused } = now);
  report();
}

/** Notice when this message comes onto the screen. */
export function watch(message) {
  if (message.dataset.mine === "false" && message.dataset.seq) observer.observe(message);
}

function tellNow() {
  if (!timer) return;
  clearTimeout(timer);
  timer = undefined;
  tell(name, told).catch(() => (told = 0)); // told again with the next message
}

function report() {
  const box = document.getElementById("messages");
  const { conversation } = document.getElementById("conversation")?.dataset ?? {};
  if (!box || !isReading()) return;
  if (name !== conversation) [name, told] = [conversation, Number(box.dataset.readUpto)];
  let upto = told;
  for (const message of seen) {
    if (!message.isConnected) seen.delete(message);
    else if (message.dataset.conversation === conversation) upto = Math.max(upto, message.dataset.seq);
  }
  if (upto <= told) return;
  told = upto;
  kept.set(READING, { conversation, upto }); // the other tabs know before the server does
  timer ??= setTimeout(tellNow, PAUSE);
}
