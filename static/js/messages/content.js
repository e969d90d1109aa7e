// Answers to what a message offers: options, cards, forms; and to the forms of the settings. One that is given is kept,
// with an id of its own, until the server has it: it leaves once, also when there was no connection. What is begun in a
// form is kept too.

import * as storage from "../core/storage.js";
import { newId } from "../composer/outbox.js";
import { showError } from "../composer/composer.js";
import { post } from "./conversation.js";

const RETRY_DELAY = 5_000; // ms until the next try, unless the connection is back sooner
const ANSWERS = "answer:";
const DRAFTS = "form:";

/** @type {ReturnType<typeof setTimeout>} */
let timer;
let sending = false;

/**
 * What something answers: the id of a message, or "forms/<name>/<user>" for a form of the settings.
 * @param {Element} element
 */
const placeOf = (element) =>
  element.closest("[data-form]")?.dataset.form ?? element.closest(".message")?.id.slice(2) ?? "";

/** @param {string} place */
function addressOf(place) {
  const [forms, name] = place.split("/");
  return name ? `/w/${forms}/${name}/answer` : `/w/messages/${place}/answer`;
}

/**
 * Whether an answer is of whoever sits here: another one has used this browser.
 * @param {string} place
 */
function isOwn(place) {
  const user = place.split("/")[2];
  return !user || user === document.getElementById("session")?.dataset.user;
}

/**
 * The name under which the answer to a form is kept.
 * @param {HTMLFormElement} form
 */
export const answerOf = (form) => ANSWERS + placeOf(form);

/**
 * @param {string} place
 * @param {boolean} resting
 */
function setResting(place, resting) {
  const controls = place.includes("/")
    ? `[data-form="${place}"] > fieldset`
    : `#m-${place} :is(.options > .option, .content-form > fieldset)`;
  for (const it of document.querySelectorAll(controls))
    /** @type {HTMLButtonElement | HTMLFieldSetElement} */ (it).disabled = resting;
}

/**
 * @param {Element} element in the message
 * @param {{value?: string, values?: object}} chosen
 */
function answer(element, chosen) {
  const place = placeOf(element);
  if (storage.get(ANSWERS + place)) return;
  storage.set(ANSWERS + place, { client_id: newId(), ...chosen });
  if (chosen.value) element.ariaPressed = "true";
  setResting(place, true);
  if (element.closest("#sheet")) document.getElementById("sheet").close();
  flush();
}

/** Send what waits; whatever becomes of it comes by the stream. */
async function flush() {
  clearTimeout(timer);
  if (sending) return;
  sending = true;
  for (const key of storage.names(ANSWERS)) {
    const place = key.slice(ANSWERS.length);
    if (!isOwn(place)) continue;
    const response = await post(addressOf(place), storage.get(key)).catch(() => null);
    if (!response || response.status === 429 || response.status >= 500) {
      timer = setTimeout(flush, RETRY_DELAY);
      continue;
    }
    storage.set(key, undefined);
    if (response.ok) {
      storage.set(DRAFTS + place, undefined);
      document.dispatchEvent(new CustomEvent("chat:answered", { detail: place }));
    } else if (response.status !== 404) {
      setResting(place, false);
      showError((await response.json()).reason);
    }
  }
  sending = false;
}

/**
 * What a form is filled in with, by the names of its fields.
 * @param {HTMLFormElement} form
 */
function valuesOf(form) {
  /** @type {Record<string, any>} */
  const values = {};
  for (const field of /** @type {Iterable<any>} */ (form.elements)) {
    const { name, value, type, checked, dataset } = field;
    if (!name || (type === "radio" && !checked)) continue;
    if (type === "checkbox") values[name] = checked;
    else if (value) values[name] = ["number", "rating"].includes(dataset.kind) ? Number(value) : value;
  }
  return values;
}

/**
 * Show what was begun, and rest when it was sent.
 * @param {HTMLFormElement} form
 */
export function restore(form) {
  const place = placeOf(form);
  const draft = storage.get(DRAFTS + place, {});
  for (const field of /** @type {Iterable<any>} */ (form.elements)) {
    if (!(field.name in draft)) continue;
    if (field.type === "checkbox") field.checked = draft[field.name];
    else if (field.type === "radio") field.checked = Number(field.value) === draft[field.name];
    else field.value = draft[field.name];
  }
  if (storage.get(ANSWERS + place)) setResting(place, true);
}

/** @param {ParentNode} root */
function restoreAll(root) {
  for (const form of root.querySelectorAll("form.content-form:not([data-many])"))
    restore(/** @type {HTMLFormElement} */ (form));
}

document.addEventListener("click", ({ target }) => {
  const option = /** @type {Element} */ (target).closest(".content .option[data-value]");
  if (option instanceof HTMLElement) answer(option, { value: option.dataset.value });
});
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches(".content-form")) return;
  event.preventDefault();
  const chosen = [...form.querySelectorAll("input:checked")].map((it) => /** @type {HTMLInputElement} */ (it).value);
  if (!("many" in form.dataset)) answer(form, { values: valuesOf(form) });
  else if (chosen.length) answer(form, { values: chosen });
});
document.addEventListener("input", ({ target }) => {
  const form = /** @type {Element} */ (target).closest("form.content-form:not([data-many])");
  if (form instanceof HTMLFormElement) storage.set(DRAFTS + placeOf(form), valuesOf(form));
});
addEventListener("online", flush);
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) if (node instanceof Element) restoreAll(node);
}).observe(document.body, { childList: true, subtree: true });
restoreAll(document);
flush();
