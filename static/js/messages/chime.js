// Two soft tones for a message that nobody is reading. Made here, so that there is nothing to load.

import { isRead } from "./read_receipts.js";

let context;

/** Sound for this message, unless some tab has shown it to somebody meanwhile. */
export async function chime(conversation, seq) {
  if (isRead(conversation, seq)) return;
  context ??= new AudioContext();
  if (context.state === "suspended")
    await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 200))]);
  if (context.state !== "running") return; // nobody has touched this page yet: browsers keep it silent
  [660, 880].forEach((frequency, index) => {
    const at = context.currentTime + index * 0.12;
    const tone = new OscillatorNode(context, { frequency });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.08, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.4);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.4);
  });
}
