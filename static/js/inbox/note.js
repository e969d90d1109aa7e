// Notes: what is written while the switch is on is for the team only.

import { _ } from "../core/i18n.js";
import { addMessagePart, focusComposer } from "../composer/composer.js";

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
  text.placeholder = on ? _("Write a note for the team…") : placeholder;
}

addMessagePart({
  ready: () => false,
  take: () => {
    const extra = isNote() ? { private: true } : {};
    setNote(false);
    return extra;
  },
});
button.addEventListener("click", () => {
  setNote(!isNote());
  focusComposer();
});
