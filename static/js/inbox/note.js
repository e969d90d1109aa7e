// Notes: what is written while the switch is on is for the team only.

import { addMessagePart, focusComposer } from "../composer/composer.js";
import { t } from "./words.js";

const form = document.getElementById("composer");
const text = /** @type {HTMLTextAreaElement} */ (document.getElementById("composer-text"));
const button = document.getElementById("note");
const placeholder = text.placeholder;

export const isNote = () => form.hasAttribute("data-note");

/**
 * @param {boolean} on
 */
export function setNote(on) {
  form.toggleAttribute("data-note", on);
  button.setAttribute("aria-pressed", String(on));
  text.placeholder = on ? t("note_placeholder") : placeholder;
}

addMessagePart({
  ready: () => false,
  take: () => {
    const taken = isNote() ? { private: true } : {};
    setNote(false);
    return taken;
  },
});
button.addEventListener("click", () => {
  setNote(!isNote());
  focusComposer();
});
