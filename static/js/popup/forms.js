// Forms of the settings in the popup: the one that is asked before the first message, and those that the page opens.

import { showError } from "../composer/composer.js";
import { _ } from "../core/i18n.js";
import { load, loadStyles } from "../core/lazy.js";
import * as storage from "../core/storage.js";
import { answerOf, restore } from "../messages/content.js";
import { authHeaders } from "../messages/conversation.js";
import { openConversation, scrollToEnd } from "../messages/message_list.js";

/** @type {(() => void) | undefined} Sends what waits for the answers. */
let release;

const template = () => /** @type {HTMLTemplateElement | null} */ (document.getElementById("prechat"));
const section = () => document.querySelector("section.prechat");

/**
 * What is known of the visitor is not asked again: by the server, or by this page's setUser and setAttributes.
 * @param {HTMLFormElement} form
 * @param {Record<string, any>} profile
 * @returns {boolean} whether there is anything to ask
 */
function fillInKnown(form, profile) {
  const known = { ...JSON.parse(form.dataset.known), ...profile };
  let asked = 0;
  const fields = /** @type {any[]} */ ([...form.elements].filter((it) => /** @type {any} */ (it).name));
  for (const field of fields) {
    const told = known[field.name];
    if (["string", "number"].includes(typeof told) && "value" in field && field.type !== "radio") {
      field.value = told;
      if (field.value && field.checkValidity()) {
        field.hidden = true;
        for (const label of field.labels) label.hidden = true;
        continue;
      }
      field.value = "";
    }
    asked++;
  }
  return asked > 0;
}

/**
 * Ask what is to be asked before the first message, under the greeting of the team's conversation.
 * @param {Record<string, any>} profile what the page says of its user
 */
export async function askFirst(profile) {
  const { conversation } = template()?.dataset ?? {};
  if (!conversation || conversation !== openConversation() || section()) return;
  await Promise.all(["forms", "content"].map(loadStyles));
  if (!template() || section() || conversation !== openConversation()) return;
  const asked = /** @type {HTMLElement} */ (template().content.firstElementChild.cloneNode(true));
  const form = asked.querySelector("form");
  if (!fillInKnown(form, profile)) return done();
  document.getElementById("messages").append(asked);
  restore(form);
  if (document.querySelector("#messages .message:not([data-seq])")) showWaiting();
  scrollToEnd();
}

function showWaiting() {
  const note = section()?.querySelector(".prechat-note");
  if (!(note instanceof HTMLElement) || !note.hidden) return;
  note.hidden = false;
  const missing = section().querySelector("form :invalid:not(fieldset)");
  if (missing instanceof HTMLElement) missing.focus();
  section().scrollIntoView({ block: "nearest" });
}

/**
 * Messages to this conversation wait until the form is sent; `flush` is called then.
 * @param {() => void} flush
 */
export function hold(flush) {
  release = flush;
  showWaiting();
}

/** Nothing is asked any more: it was answered, here or in another tab. */
function done() {
  template()?.remove();
  section()?.remove();
  release?.();
  release = undefined;
}

/**
 * Open a form of the settings in the sheet.
 * @param {string} name
 * @param {Record<string, any>} profile
 */
export async function open(name, profile) {
  const address = `/w/forms/${encodeURIComponent(name)}`;
  const sheet = document.getElementById("sheet-body");
  try {
    const [response, { openFrom }] = await Promise.all([
      fetch(address, { headers: { Accept: "text/html", ...authHeaders() } }),
      load("core/sheet.js"),
      loadStyles("content"),
    ]);
    const text = await response.text();
    if (!response.ok) return showError(_("There is no such form here."));
    openFrom(document.getElementById("composer-text"));
    await htmx.swap({ sourceElement: sheet, target: sheet, swap: "innerHTML", text });
    const form = sheet.querySelector("form");
    fillInKnown(form, profile);
    restore(form);
  } catch {
    showError(_("This could not be loaded. Please try again."));
  }
}

document.addEventListener("chat:answered", (/** @type {CustomEventInit} */ { detail }) => {
  if (section() && detail === section().querySelector("form").dataset.form) done();
});
// Whatever the visitor has written elsewhere was the first message.
new MutationObserver(() => {
  if (template() && document.querySelector('#messages .message[data-mine="true"][data-seq]')) done();
}).observe(document.getElementById("main"), { childList: true, subtree: true });
// Sent in another tab: it rests here, until its message comes.
storage.onChange((name) => {
  const form = section()?.querySelector("form");
  if (form && name === answerOf(form)) restore(form);
});
