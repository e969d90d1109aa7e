// The switch for push, in the settings of notifications.

import { obstacle, subscription, turnOff, turnOn } from "../inbox/push.js";

const area = document.getElementById("area");
const button = () => area.querySelector("[data-push-switch]");

/** @param {string} which of the sentences in the template; "" for none, another one as it is */
function say(which) {
  const known = /** @type {HTMLElement[]} */ ([...area.querySelectorAll("[data-push]")]);
  for (const it of known) it.hidden = it.dataset.push !== which;
  const other = /** @type {HTMLElement} */ (area.querySelector("[data-push-other]"));
  other.hidden = !which || known.some((it) => !it.hidden);
  other.textContent = which;
}

async function refresh() {
  const shown = button();
  if (!(shown instanceof HTMLButtonElement)) return;
  say(obstacle());
  shown.ariaChecked = String(Boolean(await subscription()));
  shown.disabled = Boolean(obstacle()); // until here nobody would have heard a click
}

area.addEventListener("click", async ({ target }) => {
  const pressed = /** @type {HTMLElement} */ (target).closest("[data-push-switch]");
  if (!(pressed instanceof HTMLButtonElement)) return;
  pressed.disabled = true;
  try {
    await (pressed.ariaChecked === "true" ? turnOff() : turnOn());
    await refresh();
  } catch (error) {
    await refresh();
    say(error.message);
  }
  pressed.disabled = Boolean(obstacle());
});
// What is to be shown on the screen needs the browser's permission, which it asks for in the moment of a click.
area.addEventListener("submit", ({ target }) => {
  const desktop = new FormData(/** @type {HTMLFormElement} */ (target)).get("desktop");
  if (desktop && desktop !== "none" && !obstacle()) Notification.requestPermission();
});
area.addEventListener("htmx:after:swap", refresh);
refresh();
