// Two soft tones for a message that nobody is reading.

import { canPlay, playTones } from "../core/tones.js";
import { isRead } from "./read_receipts.js";

const TONES = [660, 880].map((frequency, index) => ({
  frequency,
  start: index * 0.12,
  duration: 0.4,
  volume: 0.08,
  fades: true,
}));

/**
 * Sound for this message, unless some tab has shown it to somebody meanwhile.
 * @param {string} conversation
 * @param {number} seq
 */
export async function chime(conversation, seq) {
  if (!isRead(conversation, seq) && (await canPlay())) playTones(TONES);
}
