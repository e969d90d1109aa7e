// Tones, made here, so that there is nothing to load.

/** @type {AudioContext} */
let context;

/** Resolves to whether anything can be heard: browsers keep a page silent that nobody has touched yet. */
export async function canPlay() {
  context ??= new AudioContext();
  const patience = new Promise((resolve) => setTimeout(resolve, 200));
  if (context.state === "suspended") await Promise.race([context.resume(), patience]);
  return context.state === "running";
}

/**
 * In hertz and seconds; the volume from 0 to 1.
 * @typedef {{frequency: number, start: number, duration: number, volume: number, fades?: boolean}} Tone
 */

/**
 * Play tones one after the other: each swells quickly; then it fades away, or it stays as loud and stops.
 * @param {Tone[]} tones
 */
export function playTones(tones) {
  for (const { frequency, start, duration, volume, fades } of tones) {
    const at = context.currentTime + start;
    const tone = new OscillatorNode(context, { frequency });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(volume, at + 0.02);
    if (fades) gain.gain.exponentialRampToValueAtTime(0.001, at + duration);
    else {
      gain.gain.setValueAtTime(volume, at + duration - 0.04);
      gain.gain.linearRampToValueAtTime(0, at + duration);
    }
    tone.connect(gain).connect(context.destination);
    tone.start(at);
    tone.stop(at + duration);
  }
}

/** Be silent at once. */
export const stopTones = () => context?.suspend();
