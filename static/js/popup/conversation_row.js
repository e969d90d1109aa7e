// The row of a visitor's conversations, by keyboard. Loaded when there is a second one.

import { makeOneTabStop } from "../core/tab_stop.js";

/** Each session brings another row. */
export function reachByKeyboard() {
  const row = document.getElementById("list");
  if ("reached" in row.dataset) return;
  row.dataset.reached = "";
  const onward = getComputedStyle(row).direction === "rtl" ? -1 : 1;
  makeOneTabStop(row, { ArrowRight: onward, ArrowLeft: -onward, ArrowDown: 1, ArrowUp: -1 });
}
