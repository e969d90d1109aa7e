// Answers to what a message offers: options, cards, forms. One that is given is kept, with an id of its own, until the
// server has it: it leaves once, also when there was no connection. What is begun in a form is kept too.

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

/** @param {Element} element */
const messageOf = (element) => element.closest(".message")?.id.slice(2) ?? "";

/**
 * @param {string} message
 * @param {boolean} resting
 */
function setResting(message, resting) {
  const controls = document.querySelectorAll(`#m-${message} :is(.options > .option, .content-form > fieldset)`);
  for (const it of controls) /** @type {HTMLButtonElement | HTMLFieldSetElement} */ (it).disabled = resting;
}

/**
 * @param {Element} element in the message
 * @param {{value?: string, values?: object}} chosen
 */
function answer(element, chosen) {
  const message = messageOf(element);
  if (storage.get(ANSWERS + message)) return;
  storage.set(ANSWERS + message, { client_id: newId(), ...chosen });
  if (chosen.value) element.ariaPressed = "true";
  setResting(message, true);
  flush();
}

/** Send what waits; whatever becomes of it comes by the stream. */
async function flush() {
  clearTimeout(timer);
  if (sending) return;
  sending = true;
  for (const key of storage.names(ANSWERS)) {
    const message = key.slice(ANSWERS.length);
    const response = await post(`/w/messages/${message}/answer`, storage.get(key)).catch(() => null);
    if (!response || response.status === 429 || response.status >= 500) {
      timer = setTimeout(flush, RETRY_DELAY);
      continue;
    }
    storage.set(key, undefined);
    if (response.ok) storage.set(DRAFTS + message, undefined);
    else if (response.status !== 404) {
      setResting(message, false);
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

/** @param {HTMLFormElement} form */
function restore(form) {
  const message = messageOf(form);
  const draft = storage.get(DRAFTS + message, {});
  for (const field of /** @type {Iterable<any>} */ (form.elements)) {
    if (!(field.name in draft)) continue;
    if (field.type === "checkbox") field.checked = draft[field.name];
    else if (field.type === "radio") field.checked = Number(field.value) === draft[field.name];
    else field.value = draft[field.name];
  }
  if (storage.get(ANSWERS + message)) setResting(message, true);
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
  if (form instanceof HTMLFormElement) storage.set(DRAFTS + messageOf(form), valuesOf(form));
});
addEventListener("online", flush);
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) if (node instanceof Element) restoreAll(node);
}).observe(document.body, { childList: true, subtree: true });
restoreAll(document);
flush();
