// The sheet: what htmx puts into it (a menu, a search, the members) is shown over the conversation. What its buttons do
// beyond a request is loaded when one of them is first used.

import { jump } from "./history.js";
import * as kept from "./kept.js";
import { openConversation } from "./log.js";
import { afterSwap } from "./swaps.js";
import { showTimes } from "./times.js";

const dialog = document.getElementById("sheet");
const body = document.getElementById("sheet-body");

let context;
let trigger; // what the sheet was opened with, for as long as it is open
const dressed = new Map();

/** The address of a style sheet beside this module. */
export const styles = (name) => new URL(`../css/${name}.css`, import.meta.url).href;

/** context: {headers(), outbox(), user(), link(message, conversation)}, for what the buttons do. */
export function startSheet(given) {
  context = given;
}

export const closeSheet = () => dialog.close();

const shown = (change) => (dialog.open ? body.querySelector(`[data-shows][data-changes-with="${change}"]`) : null)?.dataset.shows;

/** What the sheet shows may have changed elsewhere ("receipt:<conversation id>", say): fetch it anew, unless it is
    closed meanwhile. */
export async function refreshSheet(change) {
  const address = shown(change);
  if (!address) return;
  const response = await fetch(address, { headers: { Accept: "text/html", ...context.headers() } });
  const text = await response.text();
  if (response.ok && shown(change) === address) await htmx.swap({ sourceElement: body, target: body, swap: "innerHTML", text });
}

/** Load a style sheet beside this module; resolves when it is there. */
export function dress(name) {
  const loading = (resolve) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: styles(name), onload: resolve, onerror: resolve });
    document.head.append(link);
  };
  if (!dressed.has(name)) dressed.set(name, new Promise(loading));
  return dressed.get(name);
}

afterSwap(async (target) => {
  if (target.id === "conversation") dialog.close();
  if (dialog.contains(target)) showTimes(dialog);
  if (target !== body) return;
  if (!trigger) return body.replaceChildren(); // it was closed while the answer was on its way
  for (const it of body.querySelectorAll('[data-act="mute"]')) it.ariaChecked = Boolean(kept.get(`muted:${it.dataset.conversation}`));
  await dress("sheet");
  dialog.setAttribute("aria-labelledby", "sheet-title");
  if (!dialog.open) dialog.showModal();
  stand();
  target.querySelector("[data-focus]")?.focus(); // browsers refuse autofocus in a frame of another site
});

// Where there is room, a message's menu opens beside the message.
function stand() {
  const beside = trigger?.isConnected && dialog.querySelector("[data-beside]") && matchMedia("(min-width: 720px)").matches;
  dialog.classList.toggle("beside", Boolean(beside));
  if (!beside) return dialog.removeAttribute("style");
  const { left, right, top } = trigger.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = dialog;
  const start = trigger.closest('[data-mine="true"]') ? left - width : right; // away from the bubble
  dialog.style.left = `${Math.max(8, Math.min(start, innerWidth - width - 8))}px`;
  dialog.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
}

dialog.addEventListener("close", () => {
  body.replaceChildren();
  trigger = undefined;
});

/** Do what a button's data-act says. */
export async function act(name, button) {
  const actions = await import("./actions.js");
  await actions[name](button, context);
}

document.addEventListener("input", ({ target }) => target.matches("[data-seek]") && act("seek", target));
document.addEventListener("click", (event) => {
  const { target } = event;
  const opener = target.closest("[hx-target='#sheet-body']");
  if (opener && !dialog.contains(opener)) trigger = opener;
  if (target === dialog || target.closest("[data-close-sheet]")) dialog.close();
  const link = target.closest("[data-jump]");
  if (link) {
    event.preventDefault();
    dialog.close();
    jump(link.dataset.conversation ?? openConversation(), link.dataset.jump, link.dataset.original);
  }
  const button = target.closest("[data-act]");
  if (!button || ((event.ctrlKey || event.metaKey) && button.href)) return; // a link opens in another tab as ever
  if (button.href) event.preventDefault();
  act(button.dataset.act, button);
});
