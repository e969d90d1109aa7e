// What has been read: messages that were on the screen while somebody looked at this tab, told to the server. Loaded with
// the first message of somebody else.

import * as kept from "../core/storage.js";
import { isLooking } from "./message_list.js";
import { post } from "./conversation.js";

const PAUSE = 100; // ms; many messages at once are told together
const READING = "reading";

let name; // of the conversation that is watched
let told = 0;
let timer;

const seen = new Set();
const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target);
  report();
});

addEventListener("focus", report);
addEventListener("chat-looking", report);
addEventListener("pagehide", tellNow);
document.addEventListener("visibilitychange", report);

/** Whether some tab of this browser has shown message `seq` to somebody; only what was read last is remembered. */
export function isRead(conversation, seq) {
  const last = kept.get(READING);
  return last?.conversation === conversation && last.upto >= seq;
}

/** Notice when this message comes onto the screen. */
export const watch = (message) => observer.observe(message);

function tellNow() {
  if (!timer) return;
  clearTimeout(timer);
  timer = undefined;
  post(`/w/conversations/${name}/read`, { upto: told }).catch(() => (told = 0)); // told again with the next message
}

function report() {
  const box = document.getElementById("messages");
  const { conversation } = document.getElementById("conversation")?.dataset ?? {};
  if (!box || !isLooking()) return;
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
