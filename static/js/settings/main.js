// The settings: forms that show themselves anew, and the focus that stays where it was.

import { onAfterSwap } from "../core/htmx_hooks.js";
import { showTimes } from "../core/times.js";

const area = document.getElementById("area");
document.querySelector(".settings-areas [aria-current]").scrollIntoView({ block: "nearest", inline: "center" });
let focused = "";

/** What somebody would look for again: the name of a field, with the form that it is in. */
const placeOf = (element) => {
  const form = element?.closest("form");
  return form && `${form.getAttribute("aria-label") ?? form.querySelector("h3")?.textContent}\n${element.name}`;
};

area.addEventListener("focusin", ({ target }) => (focused = placeOf(target)));
showTimes();
onAfterSwap((target) => {
  showTimes(area);
  if (target !== area || area.contains(document.activeElement)) return;
  const fields = [.../** @type {NodeListOf<HTMLInputElement>} */ (area.querySelectorAll("form [name], form button"))];
  fields.find((it) => placeOf(it) === focused)?.focus();
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
