// What the buttons of the sheets do, beyond what a request can: loaded when one of them is first used.

/** @import { ConversationOptions } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import { insertText, setContext, showError } from "../composer/composer.js";
import { open } from "./history.js";
import * as storage from "../core/storage.js";
import { lazy } from "../core/lazy.js";
import { newId } from "../composer/outbox.js";
import { post } from "./conversation.js";
import { openConversation } from "./message_list.js";

const withCamera = lazy("attachments/camera.js");
const withPicker = lazy("emoji/picker.js");
const withPlayer = lazy("attachments/audio_player.js");
const withViewer = lazy("attachments/image_viewer.js");

const withOwnData = lazy("messages/own_data.js");

const closeSheet = () => document.getElementById("sheet").close();

/**
 * Answer a message.
 * @param {HTMLElement} button
 */
export function reply({ dataset }) {
  const { message: id, seq, name, excerpt } = dataset;
  closeSheet();
  setContext({ title: name, excerpt, reply: { id, seq, name, excerpt } });
}

/**
 * Change a message.
 * @param {{dataset: DOMStringMap}} button
 * @param {ConversationOptions} options
 */
export async function edit({ dataset }, { headers }) {
  const response = await fetch(`/w/messages/${dataset.message}`, {
    headers: { Accept: "application/json", ...headers() },
  });
  closeSheet();
  if (!response.ok) return;
  const { id, body } = await response.json();
  setContext({ title: _("Edit message"), excerpt: body, change: (words) => editMessage(id, words) }, body);
}

/**
 * Change the last message that one has written.
 * @param {undefined} button
 * @param {ConversationOptions} options
 */
export async function editLast(button, options) {
  const own = document.querySelectorAll(`.message[data-sender="${options.user()}"][data-seq]:not([data-deleted])`);
  const last = [...own].at(-1);
  if (last) await edit({ dataset: { message: last.id.slice(2) } }, options);
}

// Resolves to why it could not be changed, if so.
async function editMessage(id, body) {
  try {
    const response = await post(`/w/messages/${id}`, { body }, "PATCH");
    return response.ok ? "" : (await response.json()).reason;
  } catch {
    return _("Not changed: there is no connection.");
  }
}

/**
 * Copy what the button names.
 * @param {HTMLElement} button
 */
export const copy = (button) => write(button, button.dataset.text, _("Copied"));

/**
 * Copy the address that leads to a message.
 * @param {HTMLElement} button
 * @param {ConversationOptions} options
 */
export const link = async (button, { link }) =>
  write(button, await link(button.dataset.message, button.dataset.conversation), _("Link copied"));

// Where the clipboard is not ours (a page without HTTPS, a policy), it is told; a text that stands in a field is at
// least ready to be copied by hand.
async function write(button, text, words) {
  try {
    await navigator.clipboard.writeText(text);
    confirm(button, words);
  } catch {
    button.parentElement.querySelector("input")?.select();
    const reason = window.isSecureContext ? _("Copying is blocked here") : _("Copying needs a secure page (https)");
    confirm(button, reason, 3000);
  }
}

function confirm(button, words, shownFor = 700) {
  button.lastChild.textContent = words;
  setTimeout(resetButton, shownFor, button);
}

function resetButton(button) {
  if (button.closest(".menu")) closeSheet();
  else button.lastChild.textContent = _("Copy");
}

/**
 * Send a message to another conversation, and go there.
 * @param {HTMLElement} button
 * @param {ConversationOptions} options
 */
export async function forward({ dataset }, { headers }) {
  await fetch(`/w/messages/${dataset.message}/forward`, {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/json", ...headers() },
    body: JSON.stringify({ conversation: dataset.conversation, client_id: newId() }),
  });
  await open(dataset.conversation);
}

const pick = (anchor) => withPicker(({ pickEmoji }) => pickEmoji(anchor));

/**
 * React with an emoji out of all.
 * @param {HTMLElement} button
 * @param {ConversationOptions} options
 */
export async function react(button, { headers }) {
  const emoji = await pick(button);
  if (!emoji) return;
  closeSheet();
  await fetch(`/w/messages/${button.dataset.message}/reaction`, {
    method: "PUT",
    headers: { Accept: "application/json", "Content-Type": "application/json", ...headers() },
    body: JSON.stringify({ emoji }),
  });
}

/**
 * Send a form of the settings, or options.
 * @param {HTMLElement} button
 */
export async function offer({ dataset }) {
  closeSheet();
  const path = `/w/conversations/${openConversation()}/messages`;
  const response = await post(path, { form: dataset.formName, client_id: newId() }).catch(() => null);
  if (!response?.ok) showError(response ? (await response.json()).reason : _("Not sent: there is no connection."));
}

/**
 * Put an emoji into the text.
 * @param {HTMLElement} button
 */
export async function emoji(button) {
  const chosen = await pick(button);
  if (chosen) insertText(chosen);
}

/**
 * Let the chat stand in a window of its own.
 * @param {HTMLElement} button
 * @param {ConversationOptions} options
 */
export const popout = (button, { notifyHost }) => notifyHost("popout");

/** Record a voice note instead of the call that was missed. */
export const leaveVoice = () => document.getElementById("record").click();
/** @param {HTMLAnchorElement} link */
export const view = (link) => withViewer((it) => it.openViewer(link));
/** @param {HTMLElement} button */
export const play = (button) => withPlayer((it) => it.toggle(button.closest(".audio")));
/** @param {HTMLInputElement} range */
export const seek = (range) => withPlayer((it) => it.seek(range.closest(".audio"), Number(range.value) / 1000));
export const speed = () => withPlayer((it) => it.nextSpeed());
export const camera = () => withCamera((it) => it.openCamera());

/**
 * Let a conversation be silent, or no longer.
 * @param {HTMLElement} button
 */
export function mute(button) {
  const name = `muted:${button.dataset.conversation}`;
  storage.set(name, storage.get(name) ? undefined : true);
  button.ariaChecked = String(Boolean(storage.get(name)));
  dispatchEvent(new Event("chat-muted"));
}

/**
 * Save a conversation as a file.
 * @param {HTMLElement} button
 * @param {ConversationOptions} options
 */
export const download = (button, options) => withOwnData((it) => it.download(button, options));

/**
 * Delete all that is known of the visitor.
 * @param {HTMLElement} button
 * @param {ConversationOptions} options
 */
export const eraseMe = (button, options) => withOwnData((it) => it.eraseMe(button, options));

/**
 * End the session in this browser.
 * @param {HTMLElement} button
 * @param {ConversationOptions} options
 */
export const endSession = (button, options) => withOwnData((it) => it.endSession(button, options));
