// The keyboard: single letters work while the list has the focus, and can be switched off (WCAG 2.1.4).

import { focusComposer } from "../composer/composer.js";
import * as storage from "../core/storage.js";
import { openCanned } from "./canned.js";
import { chosenRows, currentRow, moveFocus } from "./list.js";
import { setNote } from "./note.js";
import { ACTIONS, subjects } from "./work.js";

const list = document.getElementById("list");
const OFF = "inbox-letters-off";

const openRow = () => /** @type {HTMLElement} */ (currentRow()?.querySelector("a"))?.click();
const press = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector))?.click();

/** @type {Record<string, () => any>} */
const LETTERS = {
  j: () => moveFocus(1),
  k: () => moveFocus(-1),
  o: openRow,
  e: () => ACTIONS.resolve(subjects()),
  a: () => ACTIONS.take(subjects()),
  s: () => (openRow(), press('[data-testid="snooze"]')),
  n: () => (setNote(true), focusComposer()),
  r: () => focusComposer(),
  x: choose,
  "/": openCanned,
  "?": () => press("#show-keys"),
};

function choose() {
  currentRow()?.classList.toggle("chosen");
  const bar = document.querySelector(".chosen-bar");
  const count = chosenRows().filter((it) => it.classList.contains("chosen")).length;
  if (bar instanceof HTMLElement) {
    bar.hidden = !count;
    bar.querySelector("b").textContent = String(count);
  }
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return press("#open-palette");
  }
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return undefined;
  if (!list.contains(target) || storage.get(OFF)) return undefined;
  const action = LETTERS[event.key];
  if (!action) return undefined;
  event.preventDefault();
  return action();
});

document.addEventListener("change", ({ target }) => {
  if (target instanceof HTMLInputElement && target.matches("[data-letters]"))
    storage.set(OFF, target.checked ? undefined : true);
});
