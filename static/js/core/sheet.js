// The sheet: what htmx puts into it (a menu, a search, the members) is shown over the conversation. Loaded with what is
// first put there.

import { loadStyles } from "./lazy.js";
import * as storage from "./storage.js";
import { authHeaders } from "../messages/conversation.js";
import { onAfterSwap } from "./htmx_hooks.js";
import "./submit_once.js";
import { showTimes } from "./times.js";

const dialog = document.getElementById("sheet");
const body = document.getElementById("sheet-body");

/** @type {HTMLElement | undefined} What the sheet was opened with, for as long as it is open. */
let trigger;
/** Whether it was shown and not cleared since: the browser tells of its end only after what is pressed next. */
let isShown = false;

htmx.config.morphIgnore.push("open"); // nor does what somebody has unfolded close

export const closeSheet = () => dialog.close();

/**
 * What htmx is about to put into the sheet, or has put there meanwhile, was asked for with this button.
 * @param {HTMLElement} button
 */
export function openFrom(button) {
  if (isShown && !dialog.open) clear();
  trigger = button;
  if (body.firstChild) show();
}

const refreshUrl = (change) =>
  (dialog.open ? body.querySelector(`[data-refresh-url][data-refresh-on="${change}"]`) : null)?.dataset.refreshUrl;

/**
 * What the sheet shows may have changed elsewhere ("receipt:<conversation id>", say): fetch it anew, unless it is
 * closed meanwhile.
 * @param {string} change
 */
export async function refresh(change) {
  const address = refreshUrl(change);
  if (!address) return;
  const response = await fetch(address, { headers: { Accept: "text/html", ...authHeaders() } });
  const text = await response.text();
  if (response.ok && refreshUrl(change) === address)
    await htmx.swap({ sourceElement: body, target: body, swap: "innerMorph", text }); // keeps what is being written
}

onAfterSwap((target) => {
  if (target.id === "conversation") dialog.close();
  if (target !== body) {
    if (dialog.contains(target)) showTimes(dialog);
    return;
  }
  if (trigger) show();
  else body.replaceChildren(); // it was closed while the answer was on its way
});

async function show() {
  showTimes(body);
  for (const it of body.querySelectorAll('[data-act="mute"]'))
    it.ariaChecked = String(Boolean(storage.get(`muted:${it.dataset.conversation}`)));
  const popout = body.querySelector('[data-act="popout"]');
  if (popout) popout.closest("li").hidden = window.parent === window; // it stands alone already
  await Promise.all(["forms", "sheet"].map(loadStyles));
  if (!trigger) return; // closed meanwhile
  dialog.setAttribute("aria-labelledby", "sheet-title");
  if (!dialog.open) dialog.showModal();
  isShown = true;
  positionBeside();
  body.querySelector("[data-focus]")?.focus(); // browsers refuse autofocus in a frame of another site
}

// Where there is room, a message's menu opens beside the message.
function positionBeside() {
  const beside =
    trigger?.isConnected && dialog.querySelector("[data-beside]") && matchMedia("(min-width: 720px)").matches;
  dialog.classList.toggle("beside", Boolean(beside));
  if (!beside) return dialog.removeAttribute("style");
  const { left, right, top } = trigger.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = dialog;
  const start = trigger.closest('[data-mine="true"]') ? left - width : right; // away from the bubble
  dialog.style.left = `${Math.max(8, Math.min(start, innerWidth - width - 8))}px`;
  dialog.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
}

function clear() {
  body.replaceChildren();
  trigger = undefined;
  isShown = false;
}

dialog.addEventListener("close", () => isShown && !dialog.open && clear());

dialog.addEventListener("click", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (target === dialog || target.closest("[data-close-sheet]")) dialog.close();
});
