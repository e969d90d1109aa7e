// What the buttons of the sheets do, beyond what a request can: loaded when one of them is first used.

import { editMessage, insert, replyTo } from "./composer.js";
import { open } from "./history.js";
import * as kept from "./kept.js";
import { newId } from "./outbox.js";
import { closeSheet, styles } from "./sheet.js";

export function reply({ dataset }) {
  closeSheet();
  replyTo({ id: dataset.message, seq: dataset.seq, name: dataset.name, excerpt: dataset.excerpt });
}

export async function edit({ dataset }, { headers }) {
  const response = await fetch(`/w/messages/${dataset.message}`, { headers: { Accept: "application/json", ...headers() } });
  closeSheet();
  if (!response.ok) return;
  const { id, body } = await response.json();
  editMessage({ id, body });
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

async function pick(anchor) {
  const { pickEmoji } = await import("../emoji/picker.js");
  return pickEmoji(anchor, styles("emoji"));
}

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

export async function view(link) {
  const { openViewer } = await import("./viewer.js");
  await openViewer(link);
}

export async function play(button) {
  const { toggle } = await import("./player.js");
  toggle(button.closest(".sound"));
}

export async function seek(range) {
  const { seek } = await import("./player.js");
  seek(range.closest(".sound"), range.value / 1000);
}

export async function speed(button) {
  const { nextSpeed } = await import("./player.js");
  nextSpeed(button.closest(".sound"));
}

export async function camera() {
  const { openCamera } = await import("./camera.js");
  await openCamera();
}

export function mute(button) {
  const name = `muted:${button.dataset.conversation}`;
  kept.set(name, kept.get(name) ? undefined : true);
  button.ariaChecked = Boolean(kept.get(name));
  dispatchEvent(new Event("chat-muted"));
}
