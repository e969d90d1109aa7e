// The settings: forms that show themselves anew, and the focus that stays where it was.

import { onAfterSwap } from "../core/htmx_hooks.js";
import { showTimes } from "../core/times.js";

const area = document.getElementById("area");
document.querySelector(".settings-areas [aria-current]").scrollIntoView({ block: "nearest", inline: "center" });
let focused = "";
/** @type {Set<string>} What is unfolded, by id. */
const unfolded = new Set();

const nameOf = (part) =>
  part.getAttribute("id") ?? part.getAttribute("aria-label") ?? part.querySelector("h3")?.textContent;

/** What somebody would look for again: the name of a field, with the form that it is in. */
const placeOf = (element) => {
  const form = element?.closest("form, details[id]");
  return form && `${nameOf(form)}\n${element.name}`;
};

area.addEventListener("focusin", ({ target }) => (focused = placeOf(target)));
const noteFold = (/** @type {HTMLDetailsElement} */ { open, id }) => unfolded[open ? "add" : "delete"](id);
area.addEventListener("toggle", ({ target }) => noteFold(/** @type {HTMLDetailsElement} */ (target)), true);
showTimes();
onAfterSwap((target) => {
  showTimes(area);
  for (const it of area.querySelectorAll("details")) it.open ||= it.id !== "" && unfolded.has(it.id);
  const told = /** @type {HTMLElement} */ (area.querySelector(".told-once")); // never again: it must be seen
  if (target === area && told) return told.focus();
  if (target !== area || area.contains(document.activeElement)) return;
  const fields = /** @type {NodeListOf<HTMLElement>} */ (
    area.querySelectorAll("form [name], :is(form, details[id]) button")
  );
  [...fields].find((it) => placeOf(it) === focused)?.focus();
});
if (area.querySelector("[data-push-switch]")) import("./push_switch.js");

// What is to be copied stands beside its button.
document.addEventListener("click", async ({ target }) => {
  const button = /** @type {HTMLElement} */ (target).closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.textContent = button.dataset.done;
});

// A day can have hours several times: the next ones show themselves, and go again empty.
document.addEventListener("click", ({ target }) => {
  const button = /** @type {HTMLElement} */ (target).closest("[data-add-span], [data-remove-span]");
  const day = button?.closest(".day");
  if (!day) return;
  const spans = [.../** @type {NodeListOf<HTMLElement>} */ (day.querySelectorAll(".span"))];
  const adds = "addSpan" in /** @type {HTMLElement} */ (button).dataset;
  const span = adds ? spans.find((it) => it.hidden) : /** @type {HTMLElement} */ (button.closest(".span"));
  span.hidden = !adds;
  for (const it of span.querySelectorAll("input")) it.value = "";
  /** @type {HTMLElement} */ (day.querySelector("[data-add-span]")).hidden = spans.every((it) => !it.hidden);
  (adds ? span.querySelector("input") : day.querySelector("input")).focus();
});
