// A ring for whoever is called, in one tab only, and where it is allowed a notification; and the tone that one hears
// while it rings at the other side.

import { _ } from "../core/i18n.js";
import { canPlay, playTones, stopTones } from "../core/tones.js";

/** @param {string} media "voice" or "video" */
export const incomingCall = (media) => (media === "video" ? _("Incoming video call") : _("Incoming voice call"));

/** @typedef {"ringing" | "calling"} RingKind */

const RING_INTERVAL = 3_000; // ms
const TONES = {
  ringing: [660, 880, 660, 880].map((frequency, index) => ({
    frequency,
    start: index * 0.18,
    duration: 0.16,
    volume: 0.12,
  })),
  calling: [{ frequency: 425, start: 0, duration: 1, volume: 0.04 }],
};

/** @type {ReturnType<typeof setInterval>} */
let timer;
/** @type {RingKind | undefined} */
let current;
/** @type {Notification | undefined} */
let notification;

/**
 * Ring for as long as `isAllowed()` says that it is this tab's turn; `call` is told of in a notification.
 * @param {RingKind} kind
 * @param {() => boolean} isAllowed
 * @param {DOMStringMap} [call]
 */
export function startRinging(kind, isAllowed, call) {
  if (current === kind) return;
  stopRinging();
  current = kind;
  const ring = async () => {
    if (isAllowed() && (await canPlay()) && current === kind) playTones(TONES[kind]);
  };
  ring();
  timer = setInterval(ring, RING_INTERVAL);
  if (call && isAllowed()) showNotification(call);
}

export function stopRinging() {
  clearInterval(timer);
  notification?.close();
  if (current) stopTones();
  notification = current = undefined;
}

/** @param {DOMStringMap} call */
function showNotification({ callId, peerName, media }) {
  if (globalThis.Notification?.permission !== "granted" || (!document.hidden && document.hasFocus())) return;
  try {
    const body = incomingCall(media);
    notification = new Notification(peerName, { body, tag: callId, requireInteraction: true });
    notification.onclick = () => (window.focus(), notification?.close());
  } catch {
    // Phones want a service worker for it; they ring all the same.
  }
}

/** Ask whether notifications may be shown, where it was never asked; to be called when a button was pressed. */
export function askToNotify() {
  if (window.parent === window && globalThis.Notification?.permission === "default") Notification.requestPermission();
}
