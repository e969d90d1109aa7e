// What a member of the team does with conversations: take them, snooze them, resolve them, label them. Each can be
// taken back for ten seconds.

import { _ } from "../core/i18n.js";
import { post } from "../messages/conversation.js";
import { openConversation } from "../messages/message_list.js";
import { chosenRows } from "./list.js";

const UNDO = 10_000; // ms

const toast = document.getElementById("toast");

/** @type {ReturnType<typeof setTimeout>} */
let timer;

/**
 * Say something for ten seconds, perhaps with a way back.
 * @param {string} words
 * @param {() => void} [undo]
 */
export function notify(words, undo) {
  clearTimeout(timer);
  toast.querySelector("span").textContent = words;
  const button = toast.querySelector("button");
  button.hidden = !undo;
  button.onclick = () => {
    toast.hidden = true;
    undo?.();
  };
  toast.hidden = false;
  timer = setTimeout(() => (toast.hidden = true), UNDO);
}

/** What a row, or what stands above the open conversation, says of the work. */
const stateOf = (id) => {
  const row = document.getElementById(`e-${id}`) ?? document.querySelector(`.work[data-conversation="${id}"]`);
  const { status, assignee, snoozedUntil, labels } = /** @type {HTMLElement} */ (row)?.dataset ?? {};
  return {
    status,
    assignee: assignee ?? "",
    snoozed_until: snoozedUntil || null,
    labels: labels?.split("\u001f") ?? [],
  };
};

/**
 * Change conversations; what was refused is told.
 * @param {string[]} ids
 * @param {object} change
 * @param {string} [words] what was done
 */
export async function changeWork(ids, change, words) {
  const before = new Map(ids.map((id) => [id, stateOf(id)]));
  const refused = [];
  for (const id of ids) {
    const response = await post(`/w/conversations/${id}`, change, "PATCH").catch(() => null);
    if (response?.ok) continue;
    before.delete(id);
    refused.push((await response?.json().catch(() => null))?.reason ?? _("This did not work: there is no connection."));
  }
  if (refused.length) return notify(refused[0]);
  if (!words) return undefined;
  return notify(words, () => {
    for (const [id, state] of before) {
      const back = Object.fromEntries(Object.keys(change).map((name) => [name, state[name]]));
      if (back.status !== "snoozed") delete back.snoozed_until;
      post(`/w/conversations/${id}`, back, "PATCH");
    }
  });
}

/** The conversations that an action is about. */
export function subjects() {
  const rows = chosenRows();
  const ids = rows.map((it) => it.dataset.conversation);
  for (const row of rows) row.classList.remove("chosen");
  const open = openConversation();
  return ids.length ? ids : open ? [open] : [];
}

/** @type {Record<string, (ids: string[], value?: string) => any>} */
export const ACTIONS = {
  resolve: (ids) => changeWork(ids, { status: "resolved" }, _("Resolved.")),
  resolveUnasked: (ids) => changeWork(ids, { status: "resolved", ask_rating: false }, _("Resolved.")),
  reopen: (ids) => changeWork(ids, { status: "open" }, _("Reopened.")),
  take: (ids) => {
    const [only] = ids;
    const change = ids.length === 1 ? { assignee: "me", if_assignee: stateOf(only).assignee } : { assignee: "me" };
    return changeWork(ids, change, _("Assigned."));
  },
  assign: (ids, agent) => changeWork(ids, { assignee: agent }, agent ? _("Assigned.") : _("Nobody has it now.")),
  snooze: (ids, until) =>
    changeWork(ids, { status: "snoozed", snoozed_until: until ? snoozeTime(until) : null }, _("Snoozed.")),
  label: (ids, name) => {
    for (const id of ids) {
      const { labels } = stateOf(id);
      const others = labels.filter((it) => it && it !== name);
      changeWork([id], { labels: labels.includes(name) ? others : [...others, name] });
    }
  },
};

/**
 * @param {string} until "1h", "tomorrow", "monday", or a local time
 */
function snoozeTime(until) {
  const at = new Date();
  const hours = /^(\d+)h$/.exec(until);
  if (hours) at.setHours(at.getHours() + Number(hours[1]));
  else if (until === "tomorrow" || until === "monday") {
    const days = until === "tomorrow" ? 1 : (8 - at.getDay()) % 7 || 7;
    at.setDate(at.getDate() + days);
    at.setHours(9, 0, 0, 0);
  } else return new Date(until).toISOString();
  return at.toISOString();
}

const closeSheet = (/** @type {HTMLElement} */ inside) =>
  /** @type {HTMLDialogElement | null} */ (inside.closest("dialog"))?.close();

document.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest?.("[data-work]");
  if (!(button instanceof HTMLElement)) return;
  const open = openConversation();
  const ids = button.closest(".chosen-bar") ? subjects() : open ? [open] : [];
  ACTIONS[button.dataset.work]?.(ids, button.dataset.value);
  closeSheet(button);
});
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches("[data-work-form]")) return;
  event.preventDefault();
  const value = String(new FormData(form).get("value") ?? "").trim();
  if (!value) return;
  const open = openConversation();
  ACTIONS[form.dataset.workForm](open ? [open] : [], value);
  closeSheet(form);
});
