// What has been read: messages that were on the screen while somebody looked at this tab, told to the server. Loaded
// with the first message of somebody else.

import * as storage from "../core/storage.js";
import { isVisible } from "./message_list.js";
import { post } from "./conversation.js";

const BATCH_DELAY = 100; // ms; many messages at once are told together
const LAST_READ = "reading";

/** @type {string} The conversation that is watched. */
let watched;
let reportedUpto = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

const visible = new Set();
const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) visible[isIntersecting ? "add" : "delete"](target);
  updateReadUpto();
});

addEventListener("focus", updateReadUpto);
addEventListener("chat-visibility", updateReadUpto);
addEventListener("pagehide", sendNow);
document.addEventListener("visibilitychange", updateReadUpto);

/**
 * Whether some tab of this browser has shown message `seq` to somebody; only what was read last is remembered.
 * @param {string} conversation
 * @param {number} seq
 */
export function isRead(conversation, seq) {
  const last = storage.get(LAST_READ);
  return last?.conversation === conversation && last.upto >= seq;
}

/**
 * Notice when this message comes onto the screen.
 * @param {HTMLElement} message
 */
export const watch = (message) => observer.observe(message);

function sendNow() {
  if (!timer) return;
  clearTimeout(timer);
  timer = undefined;
  // When it could not be told, it is told again with the next message.
  post(`/w/conversations/${watched}/read`, { upto: reportedUpto }).catch(() => (reportedUpto = 0));
}

function updateReadUpto() {
  const box = document.getElementById("messages");
  const { conversation } = document.getElementById("conversation")?.dataset ?? {};
  if (!box || !isVisible()) return;
  if (watched !== conversation) [watched, reportedUpto] = [conversation, Number(box.dataset.readUpto)];
  let upto = reportedUpto;
  for (const message of visible) {
    if (!message.isConnected) visible.delete(message);
    else if (message.dataset.conversation === conversation) upto = Math.max(upto, Number(message.dataset.seq));
  }
  if (upto <= reportedUpto) return;
  reportedUpto = upto;
  storage.set(LAST_READ, { conversation, upto }); // the other tabs know before the server does
  timer ??= setTimeout(sendNow, BATCH_DELAY);
}
