// What the popup and the inbox do alike with the conversation that is open: write in it, read it, follow it. What its
// buttons lead to is loaded when it is first used.

/** @import { ConnectionState, ConversationOptions } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import "../attachments/file_input.js";
import { bindComposer } from "../composer/composer.js";
import { lazy } from "../core/lazy.js";
import { openConversation, showMessages, withHistory, showTimes } from "./message_list.js";

const TYPING_INTERVAL = 3_000; // ms between two words to the others that somebody writes here

const withSheet = lazy("core/sheet.js");
const withActions = lazy("messages/actions.js");
const withCallsModule = lazy("calls/calls.js");
const withStartCall = lazy("calls/start_call.js");

/** What says that others are writing. */
export const withTyping = lazy("messages/typing.js", true);

// The thin line under the header: silent while all is well, and not hasty to speak.
const CONNECTION_TEXTS = {
  online: "",
  connecting: _("Connecting…"),
  offline: _("No connection. What you write will be sent later."),
};

const connectionLine = document.getElementById("connection");
const dialog = document.getElementById("sheet");
const text = document.getElementById("composer-text");

/** @type {ConversationOptions} */
let options;
/** @type {import("../calls/calls.js").Calls} Once one has begun or rung. */
let callsOfTab;
let lastTypingSentAt = 0; // when the others were last told that somebody writes here

/**
 * Send JSON, also when the page goes.
 * @param {string} path
 * @param {object} [body]
 * @param {string} [method]
 * @param {string} [accept]
 */
export const post = (path, body, method = "POST", accept = "application/json") =>
  fetch(path, {
    method,
    headers: { Accept: accept, "Content-Type": "application/json", ...authHeaders() },
    body: JSON.stringify(body ?? {}),
    keepalive: true, // what was read counts, even if it was the last thing on this page
  });

/** What says who is asking. */
export const authHeaders = () => options.headers();

/**
 * Show "online", "connecting" or "offline".
 * @param {ConnectionState} state
 */
export function showConnection(state) {
  connectionLine.dataset.state = state;
  connectionLine.textContent = CONNECTION_TEXTS[state];
}

/**
 * Do something with the calls of this tab.
 * @param {(calls: import("../calls/calls.js").Calls) => any} use
 */
export const withCalls = (use) => withCallsModule(({ Calls }) => use((callsOfTab ??= new Calls(options))));

/** Take over the calls that the page was rendered with. */
export async function settleCalls() {
  const live = [...document.querySelectorAll("[data-live-call]")].map((it) => it.innerHTML);
  if (live.length || callsOfTab) await withCalls((it) => it.settle(live));
}

/**
 * Do what a button's data-act says.
 * @param {string} name
 * @param {HTMLElement} [button]
 */
export const runAction = (name, button) => withActions((it) => /** @type {any} */ (it)[name](button, options));

/**
 * What the sheet shows, if it is open, may have changed ("receipt:<conversation id>", say).
 * @param {string} change
 */
export async function refreshSheet(change) {
  if (dialog.open) await withSheet((it) => it.refresh(change));
}

/**
 * Somebody has sent what they wrote, or (without a user) another conversation was opened.
 * @param {string} [user]
 */
export function stopTyping(user) {
  if (!document.getElementById("typing").hidden) withTyping((it) => it.stopTyping(user));
}

/**
 * Follow what is done in the opened conversation.
 * @param {ConversationOptions} conversationOptions
 */
export function initConversation(conversationOptions) {
  options = conversationOptions;
  document.addEventListener("click", onClick);
  document.addEventListener(
    "input",
    ({ target }) => target instanceof HTMLInputElement && target.matches("[data-seek]") && runAction("seek", target),
  );
  text.addEventListener("input", () => {
    if (!text.value.trim() || !openConversation() || Date.now() - lastTypingSentAt < TYPING_INTERVAL) return;
    lastTypingSentAt = Date.now();
    // Of a note the team alone is told.
    post(`/w/conversations/${openConversation()}/typing`, { private: "note" in text.form.dataset }).catch(() => {});
  });
  text.form.addEventListener("edit-last", () => runAction("editLast"));
}

async function onClick(event) {
  const find = (selector) => event.target.closest(selector);
  const opener = find("[hx-target='#sheet-body']");
  if (opener && !dialog.contains(opener)) {
    if (!dialog.open) dialog.firstElementChild.replaceChildren(); // of a time when the sheet could not be loaded
    withSheet((it) => it.openFrom(opener));
  }
  const link = find("[data-jump]");
  if (link) {
    event.preventDefault();
    dialog.close();
    withHistory((it) =>
      it.jump(link.dataset.conversation ?? openConversation(), link.dataset.jump, link.dataset.original),
    );
  }
  const button = find("[data-act]");
  if (button && !((event.ctrlKey || event.metaKey) && button.href)) {
    if (button.href) event.preventDefault(); // else it opens in another tab as ever
    runAction(button.dataset.act, button);
  }
  const call = find("[data-call]");
  if (call) withStartCall(({ startCall }) => startCall(call.dataset.call));
}

/** A conversation was opened: show it, and write in it from now on. */
export function enterConversation() {
  stopTyping();
  lastTypingSentAt = 0;
  showTimes();
  bindComposer((body, extra) => {
    lastTypingSentAt = 0; // to the others a message ends the writing
    options.outbox().add(openConversation(), body, extra);
  }, openConversation());
  options.outbox().draw();
  showMessages();
}
