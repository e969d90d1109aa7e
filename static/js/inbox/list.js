// The list of a view: what belongs to it comes and goes as the team works. A row under the pointer or the focus stays
// where it is until it is left: nobody clicks another row than the one they saw.

import { insertSorted } from "../core/htmx_hooks.js";
import { showTimes } from "../core/times.js";
import { parseFragment } from "../messages/message_list.js";

const list = document.getElementById("list");
const { user } = document.body.dataset;

/** @type {Map<string, string>} Fragments of rows that wait until the list is left, by id. */
const waiting = new Map();

/** The view that is shown, as the address says it: {view, label, q}. */
export const shown = () => list.dataset;

/**
 * Whether a row belongs to the view that is shown; undefined where only the server can tell.
 * @param {DOMStringMap} entry
 */
function belongs({ status, assignee, waiting: since, labels }) {
  const { view, label, q } = shown();
  if (q || view === "bot") return undefined;
  if (label && !(labels ?? "").split("\u001f").includes(label)) return false;
  return {
    waiting: status === "open" && Boolean(since),
    mine: status === "open" && assignee === user,
    unassigned: status === "open" && !assignee,
    open: status === "open",
    snoozed: status === "snoozed",
    resolved: status === "resolved",
    all: true,
  }[view];
}

const comesAfter = (placed) =>
  shown().view === "waiting"
    ? ({ dataset }) => dataset.waiting > placed.dataset.waiting
    : ({ dataset }) => dataset.updated < placed.dataset.updated;

const isHeld = (row) =>
  row && (row.matches(":hover") || row.contains(document.activeElement) || row.classList.contains("chosen"));

/**
 * Put a row where it belongs now, or take it out. Resolves to what the list had of it before, and has now.
 * @param {string} fragment
 * @returns {Promise<{before?: DOMStringMap, after?: HTMLElement} | undefined>} undefined when it was overtaken
 */
export async function placeEntry(fragment) {
  const entry = parseFragment(fragment);
  const known = document.getElementById(entry.id);
  if (Number(known?.dataset.revision) > Number(entry.dataset.revision)) return undefined;
  const before = known && { ...known.dataset };
  const fits = belongs(entry.dataset) ?? Boolean(known);
  if (isHeld(known) || (known && list.matches(":hover"))) {
    waiting.set(entry.id, fragment);
    await htmx.swap({ sourceElement: list, target: known, swap: "outerMorph", text: fragment });
  } else if (fits) {
    known?.remove();
    await insertSorted(list, fragment, entry.id, comesAfter(entry));
  } else known?.remove();
  showTimes(list);
  return { before, after: document.getElementById(entry.id) };
}

async function settle() {
  if (list.matches(":hover")) return;
  for (const [id, fragment] of waiting) {
    if (isHeld(document.getElementById(id))) continue;
    waiting.delete(id);
    await placeEntry(fragment);
  }
}
list.addEventListener("pointerleave", settle);
list.addEventListener("focusout", settle);

/**
 * How many conversations each view has now; of two that come in the wrong order the later one holds.
 * @param {string} fragment
 */
export function showCounts(fragment) {
  const counts = parseFragment(fragment);
  const nav = document.getElementById("views");
  if (nav.dataset.at > counts.dataset.at) return;
  nav.dataset.at = counts.dataset.at;
  for (const it of counts.querySelectorAll("[data-count]")) {
    const { view, label, count } = /** @type {HTMLElement} */ (it).dataset;
    const link = nav.querySelector(view ? `[data-view="${view}"]` : `[data-label="${CSS.escape(label)}"]`);
    const number = link?.querySelector(".view-count");
    if (number) number.textContent = count === "0" ? "" : count;
  }
}

/**
 * The row that has the focus, or the one that is open.
 * @returns {HTMLElement | null}
 */
export const currentRow = () =>
  /** @type {HTMLElement} */ (document.activeElement?.closest(".entry")) ??
  list.querySelector(".entry:has(a[aria-current])");

/** The rows that are chosen, else the current one. */
export function chosenRows() {
  const rows = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".entry.chosen")]);
  const current = currentRow();
  return rows.length ? rows : current ? [current] : [];
}

/**
 * Give the focus to the next or the one before.
 * @param {1 | -1} step
 */
export function moveFocus(step) {
  const rows = [...list.querySelectorAll(".entry")];
  const at = rows.indexOf(currentRow());
  const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
  /** @type {HTMLElement} */ (next?.querySelector("a"))?.focus();
}
