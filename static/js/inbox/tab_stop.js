// The list is one stop of the Tab key, however many rows it has; arrows go from row to row.

import { currentRow, moveFocus } from "./list.js";

const list = document.getElementById("list");

/** @type {Record<string, 1 | -1>} */
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** The row that has the focus, or the one that is open, or the first. */
function choose() {
  const links = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".entry a")]);
  const stop = currentRow()?.querySelector("a") ?? links[0];
  for (const link of links) link.tabIndex = link === stop ? 0 : -1;
}

new MutationObserver(choose).observe(list, { childList: true, subtree: true, attributeFilter: ["aria-current"] });
list.addEventListener("focusin", choose);
list.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  event.preventDefault();
  moveFocus(step);
});
choose();
