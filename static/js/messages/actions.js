// What the buttons of the sheets do, beyond what a request can: loaded when one of them is first used.

import { insert, regard } from "../composer/composer.js";
import { open } from "./history.js";
import * as kept from "../core/storage.js";
import { late, styles } from "../core/lazy.js";
import { newId } from "../composer/outbox.js";
import { post } from "./conversation.js";

const cameras = late("attachments/camera.js");
const picker = late("emoji/picker.js");
const player = late("attachments/audio_player.js");
const viewer = late("attachments/image_viewer.js");

const closeSheet = () => document.getElementById("sheet").close();

export function reply({ dataset }) {
  const { message: id, seq, name, excerpt } = dataset;
  closeSheet();
  regard({ title: name, excerpt, reply: { id, seq, name, excerpt } });
}

export async function edit({ dataset }, { headers }) {
  const response = await fetch(`/w/messages/${dataset.message}`, { headers: { Accept: "application/json", ...headers() } });
  closeSheet();
  if (!response.ok) return;
  const { id, body } = await response.json();
  regard({ title: "Edit message", excerpt: body, change: (words) => change(id, words) }, body);
}

// Resolves to why it could not be changed, if so.
async function change(id, body) {
  try {
    const response = await post(`/w/messages/${id}`, { body }, "PATCH");
    return response.ok ? "" : (await response.json()).reason;
  } catch {
    return "Not changed: there is no connection.";
  }
}

export async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.text).catch(() => select(button));
  say(button, "Copied");
}

export async function link(button, { link }) {
  const address = await link(button.dataset.message, button.dataset.conversation);
  await navigator.clipboard.writeText(address).catch(() => {});
  say(button, "Link copied");
}

// Where the clipboard is not ours, the text is at least ready to be copied by hand.
function select(button) {
  button.parentElement.querySelector("input")?.select();
}

function say(button, words) {
  button.lastChild.textContent = words;
  setTimeout(closeSheetOf, 700, button);
}

function closeSheetOf(button) {
  if (button.closest(".menu")) closeSheet();
  else button.lastChild.textContent = "Copy";
}

export async function forward({ dataset }, { headers }) {
  await fetch(`/w/messages/${dataset.message}/forward`, {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/json", ...headers() },
    body: JSON.stringify({ conversation: dataset.conversation, client_id: newId() }),
  });
  await open(dataset.conversation);
}

const pick = (anchor) => picker(({ pickEmoji }) => pickEmoji(anchor, styles("emoji_picker")));

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

export async function emoji(button) {
  const chosen = await pick(button);
  if (chosen) insert(chosen);
}

export const view = (link) => viewer((it) => it.openViewer(link));
export const play = (button) => player((it) => it.toggle(button.closest(".sound")));
export const seek = (range) => player((it) => it.seek(range.closest(".sound"), range.value / 1000));
export const speed = (button) => player((it) => it.nextSpeed(button.closest(".sound")));
export const camera = () => cameras((it) => it.openCamera());

export function mute(button) {
  const name = `muted:${button.dataset.conversation}`;
  kept.set(name, kept.get(name) ? undefined : true);
  button.ariaChecked = Boolean(kept.get(name));
  dispatchEvent(new Event("chat-muted"));
}
