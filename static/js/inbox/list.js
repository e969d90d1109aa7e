// The list of a view: what belongs to it comes and goes as the team works. While the pointer moves over it all rows
// stay where they are: nobody clicks another row than the one they saw.

import { insertSorted } from "../core/htmx_hooks.js";
import { showTimes } from "../core/times.js";
import { parseFragment } from "../messages/message_list.js";

const list = document.getElementById("list");
const { user } = document.body.dataset;

const STILL = 1_000; // ms after which the pointer is not about to click
const SPREAD = 250; // ms in which all the tabs of the team that lack the same row ask for it

let pointedAt = 0; // when the pointer last moved over the list

/** @type {Map<string, string>} Fragments of rows that wait until they may move, by id. */
const waiting = new Map();

/** @type {Map<string, number>} Which revision of each row was placed last: of those that are gone, too. */
const placed = new Map();

/** @type {Map<string, HTMLElement>} The newest message that has come in brief, by the row in which it shows. */
const newest = new Map();

const revisionOf = (it) => Number(it?.dataset.revision ?? 0);

/** The view that is shown, as the address says it: {view, label, q}. */
export const shown = () => list.dataset;

/**
 * Whether a row belongs to the view that is shown; undefined where only the server can tell.
 * @param {DOMStringMap} entry
 */
function belongs({ status = "open", assignee, waiting: since, withBot, labels }) {
  const { view, label, q } = shown();
  if (q || view === "bot") return undefined;
  if (label && !(labels ?? "").split("\u001f").includes(label)) return false;
  return {
    waiting: status === "open" && Boolean(since) && withBot === undefined,
    mine: status === "open" && assignee === user,
    unassigned: status === "open" && !assignee,
    open: status === "open",
    snoozed: status === "snoozed",
    resolved: status === "resolved",
    all: true,
  }[view];
}

const comesAfter = (row) =>
  shown().view === "waiting"
    ? ({ dataset }) => dataset.waiting > row.dataset.waiting
    : ({ dataset }) => dataset.updated < row.dataset.updated;

// Where somebody is about to click: the pointer has just moved over the list, or rows are chosen in it.
const isHeld = () => Date.now() - pointedAt < STILL || Boolean(list.querySelector(".chosen"));

/**
 * Put a row where it belongs now, or take it out. Resolves to what the list had of it before, and has now.
 * @param {string} fragment
 * @returns {Promise<{before?: DOMStringMap, after?: HTMLElement} | undefined>} undefined when it was overtaken
 */
export async function placeEntry(fragment) {
  const entry = parseFragment(fragment);
  const known = document.getElementById(entry.id);
  if (Math.max(revisionOf(known), placed.get(entry.id) ?? 0) > revisionOf(entry)) return undefined;
  placed.set(entry.id, revisionOf(entry));
  return place(entry, known);
}

/**
 * A message has come in brief: it shows in its row, if the view has that or is to have it.
 * @param {HTMLElement} brief
 */
export async function placeNews(brief) {
  const id = `e-${brief.dataset.conversation}`;
  const known = document.getElementById(id);
  const had = Math.max(revisionOf(known), placed.get(id) ?? 0, revisionOf(newest.get(id)));
  if (had >= revisionOf(brief)) return;
  newest.set(id, brief);
  if (known) await place(/** @type {HTMLElement} */ (known.cloneNode(true)), known);
  else if (belongs(brief.dataset)) setTimeout(fetchEntry, Math.random() * SPREAD, brief.dataset.conversation);
}

/**
 * Ask for a row: it has had news before this page knew of it, as one that stands further down than the page reaches.
 * @param {string} conversation
 */
async function fetchEntry(conversation) {
  const headers = { Accept: "text/html" };
  const response = await fetch(`/w/conversations/${conversation}/entry`, { headers }).catch(() => null);
  if (response?.ok) await placeEntry(await response.text());
}

/**
 * Put the news in a row that is older than they are.
 * @param {HTMLElement} entry
 */
function renew(entry) {
  const brief = newest.get(entry.id);
  if (!brief || revisionOf(brief) <= revisionOf(entry)) return;
  const link = entry.querySelector("a");
  const [time, last] = [link.querySelector("time"), link.querySelector(".entry-last")];
  if (!last) return;
  const { unread, updated, waiting = "" } = brief.dataset;
  Object.assign(entry.dataset, { unread, updated, waiting });
  link.querySelector(".count")?.remove();
  const count = brief.querySelector(".count");
  if (count) link.append(count.cloneNode(true));
  if (time.dateTime !== updated) time.replaceWith(Object.assign(document.createElement("time"), { dateTime: updated }));
  last.textContent = (brief.querySelector(".entry-last") ?? brief.querySelector(".body")).textContent;
}

/**
 * @param {HTMLElement} entry
 * @param {HTMLElement | null} known the row that the list has
 */
async function place(entry, known) {
  renew(entry);
  const fragment = entry.outerHTML;
  const before = known && { ...known.dataset };
  const fits = belongs(entry.dataset) ?? Boolean(known);
  const focused = known?.contains(document.activeElement);
  if (known && isHeld()) {
    waiting.set(entry.id, fragment);
    setTimeout(settle, STILL);
    await htmx.swap({ sourceElement: list, target: known, swap: "outerMorph", text: fragment });
  } else if (fits) {
    waiting.delete(entry.id);
    known?.remove();
    await insertSorted(list, fragment, entry.id, comesAfter(entry));
  } else known?.remove();
  const after = document.getElementById(entry.id);
  if (focused) after?.querySelector("a").focus();
  showTimes(list);
  return { before, after };
}

async function settle() {
  if (isHeld()) return setTimeout(settle, STILL);
  for (const [id, fragment] of waiting) {
    waiting.delete(id);
    await placeEntry(fragment);
  }
  return undefined;
}
list.addEventListener("pointermove", () => (pointedAt = Date.now()));
list.addEventListener("pointerleave", () => (pointedAt = 0));

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
    if (number) number.textContent = count;
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
