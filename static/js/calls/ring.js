// A ring for whoever is called, in one tab only, and where it is allowed a notification; and the tone that one hears
// while it rings at the other side. Made here, so that there is nothing to load.

const TONES = { ringing: [660, 880, 660, 880], calling: [425] };
const RING_INTERVAL = 3_000; // ms

let context;
let timer;
let ringing;
let notification;

/** Ring for as long as `isAllowed()` says that it is this tab's turn; `call` is told of in a notification. */
export function startRinging(kind, isAllowed, call) {
  if (ringing === kind) return;
  stopRinging();
  ringing = kind;
  const ring = () => isAllowed() && playTones(TONES[kind]);
  ring();
  timer = setInterval(ring, RING_INTERVAL);
  if (call && isAllowed()) showNotification(call);
}

export function stopRinging() {
  clearInterval(timer);
  notification?.close();
  context?.suspend();
  notification = ringing = undefined;
}

async function playTones(tones) {
  const before = ringing;
  context ??= new AudioContext();
  await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 200))]);
  if (context.state !== "running" || ringing !== before) return; // nobody has touched this page yet, or it is over
  tones.forEach((frequency, index) => {
    const at = context.currentTime + index * 0.18;
    const length = tones.length > 1 ? 0.16 : 1;
    const tone = new OscillatorNode(context, { frequency });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(tones.length > 1 ? 0.12 : 0.04, at + 0.02);
    volume.gain.setValueAtTime(tones.length > 1 ? 0.12 : 0.04, at + length - 0.04);
    volume.gain.linearRampToValueAtTime(0, at + length);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + length);
  });
}

function showNotification({ callId, peerName, media }) {
  if (globalThis.Notification?.permission !== "granted" || (!document.hidden && document.hasFocus())) return;
  try {
    notification = new Notification(peerName, {
      body: `Incoming ${media} call`,
      tag: callId,
      requireInteraction: true,
    });
    notification.onclick = () => (window.focus(), notification?.close());
  } catch {
    // Phones want a service worker for it; they ring all the same.
  }
}

/** Ask whether notifications may be shown, where it was never asked; to be called when a button was pressed. */
export function askToNotify() {
  if (window.parent === window && globalThis.Notification?.permission === "default") Notification.requestPermission();
}
