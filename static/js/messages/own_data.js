// What a visitor does with all that they have written here: saves it, leaves it to the team, or deletes it for good.

/** @import { ConversationOptions } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import * as storage from "../core/storage.js";

/**
 * Save a conversation: a zip with a page to read, JSON and the files.
 * @param {HTMLElement} button
 * @param {ConversationOptions} options
 */
export async function download(button, { headers }) {
  const { conversation } = button.dataset;
  await busy(button, async () => {
    const response = await fetch(`/w/conversations/${conversation}/export`, {
      headers: { Accept: "application/json", ...headers() },
    });
    if (!response.ok) throw new Error((await response.json()).reason);
    const href = URL.createObjectURL(await response.blob());
    Object.assign(document.createElement("a"), { href, download: `chat-${conversation}.zip` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000); // ms; the browser may still be writing
  });
}

/**
 * Delete everything, and begin as somebody new.
 * @param {HTMLElement} button
 * @param {ConversationOptions} options
 */
export const eraseMe = (button, options) => beginAnew(button, options, "/w/people/me");

/**
 * End the session: this browser forgets the conversation, and the team keeps it.
 * @param {HTMLElement} button
 * @param {ConversationOptions} options
 */
export const endSession = (button, options) => beginAnew(button, options, "/w/session");

async function beginAnew(button, { headers, user }, path) {
  await busy(button, async () => {
    const response = await fetch(path, { method: "DELETE", headers: { Accept: "application/json", ...headers() } });
    if (!response.ok && response.status !== 401) throw new Error((await response.json()).reason);
    const conversations = [...document.querySelectorAll("#list .entry")].map((it) => it.dataset.conversation);
    const kept = conversations.flatMap((id) => [`draft:${id}`, `muted:${id}`]);
    for (const name of [
      ...kept,
      ...storage.names(`outbox:${user()}:`),
      ...storage.names("form:"),
      `conversation:${user()}`,
    ])
      storage.set(name, undefined);
    document.dispatchEvent(new Event("chat:unauthorized"));
  });
}

// The button cannot be pressed again meanwhile; what went wrong is shown above it.
async function busy(button, work) {
  button.disabled = true;
  const note = document.getElementById("sheet-note");
  try {
    await work();
    /** @type {HTMLDialogElement} */ (document.getElementById("sheet")).close();
  } catch (error) {
    if (!note) throw error;
    note.textContent = error instanceof TypeError ? _("There is no connection. Please try again.") : error.message;
    note.scrollIntoView();
  } finally {
    button.disabled = false;
  }
}
