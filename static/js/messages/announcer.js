// Tells those who hear the page what somebody else has just sent: once, by name and words. The messages themselves are
// no live region: that would also read out one's own, twice, and every page of the past. Of several windows it is told
// in the one that has the focus; who works in another program hears the chime. Loaded with the first message.

import { make } from "../core/dom.js";

export const HEARD = 2_000; // ms; then it goes: what is deleted meanwhile must not stay here

const region = make("p", { className: "visually-hidden", role: "status" });
document.body.append(region);

/** @param {HTMLElement} message */
export async function announce(message) {
  const text = wordsOf(message);
  await new Promise((resolve) => setTimeout(resolve, 100)); // a region is heard when it changes, not when it comes
  region.textContent = text;
  setTimeout(() => region.textContent === text && (region.textContent = ""), HEARD);
}

/**
 * A message as it is heard: who says what.
 * @param {HTMLElement} message
 */
export function wordsOf(message) {
  const bubble = message.querySelector(".bubble");
  const brief = "brief" in message.dataset && `${message.querySelector(".sender").textContent}:`;
  const name = brief || (bubble?.querySelector(".visually-hidden").textContent ?? "");
  return `${name} ${message.querySelector(".body").textContent.trim() || describeAttachment(bubble)}`.trim();
}

/** @param {HTMLElement} bubble */
function describeAttachment(bubble) {
  const part = bubble?.querySelector("img:not(.blur), video, .file-name, .play");
  return part?.getAttribute("alt") ?? part?.getAttribute("aria-label") ?? part?.textContent ?? "";
}
