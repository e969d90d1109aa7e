// Puts the messages that the stream brings in their places. Loaded with the first of them.

import { lazy } from "../core/lazy.js";
import { insertSorted } from "../core/htmx_hooks.js";
import "../core/submit_once.js";
import {
  atEnd,
  groupMessages,
  markNew,
  messagesByClientId,
  messagesElement,
  openConversation,
  parseFragment,
  prepareFragment,
  scrollToEnd,
  sentMessages,
  seqOf,
  showsNewest,
  updateNewer,
} from "./message_list.js";

const MAX_MESSAGES = 240; // messages on the page, before those far away are dropped
const STATUS = ["sending", "failed", "sent", "delivered", "read"]; // later ones never give way to earlier ones

const withHistoryQuietly = lazy("messages/history.js", true);
const withQuotes = lazy("messages/quotes.js", true);

/** @type {{conversation?: string, delivered?: number, read?: number}} How far the others have got, as was told last. */
let watermarks = {};

/**
 * Puts a message's fragment where its number says, in place of what stood for it so far; a mere change (`update`)
 * only where the message is on the page. What came in brief has no place.
 * @param {string} fragment
 * @param {boolean} [update]
 */
export async function placeMessage(fragment, update) {
  await prepareFragment(fragment);
  const incoming = parseFragment(fragment);
  if (incoming?.dataset.conversation !== openConversation() || "brief" in incoming.dataset) return;
  const mine = incoming.dataset.mine === "true";
  const known = document.getElementById(incoming.id);
  if (Number(known?.dataset.version) > Number(incoming.dataset.version)) return; // it was overtaken on its way
  if (update) withQuotes(({ updateQuotes }) => updateQuotes(incoming));
  if (!known && (update || !showsNewest())) return updateNewer(Number(!update && !mine));
  const wasAtBottom = atEnd();
  // What was drawn when it was sent goes: its number may sort it differently.
  if (mine) messagesByClientId(incoming.dataset.clientId).forEach((it) => it === known || it.remove());
  // What has not left yet has no number, and stands at the end.
  await insertSorted(
    messagesElement(),
    fragment,
    incoming.id,
    (it) => it.matches(".message") && !(seqOf(it) <= seqOf(incoming)),
  );
  const placed = document.getElementById(incoming.id);
  document.getElementById("greeting-shown")?.remove();
  if (mine) raiseStatus(placed);
  else if (!known && incoming.dataset.kind !== "system") markNew(placed);
  groupMessages([placed, /** @type {HTMLElement} */ (placed.nextElementSibling)]);
  if (!known && !mine) placed.classList.add("arriving");
  if (wasAtBottom) {
    scrollToEnd();
    if (sentMessages().length > MAX_MESSAGES) withHistoryQuietly(({ trim }) => trim());
    return;
  }
  updateNewer(Number(!known && !mine));
}

/**
 * Everybody else has been given, and has read, what has these numbers or lower ones: ticks under one's own messages.
 * @param {string} conversation
 * @param {number} delivered
 * @param {number} read
 */
export function markStatus(conversation, delivered, read) {
  if (conversation !== openConversation()) return;
  watermarks = { conversation, delivered, read };
  messagesElement().querySelectorAll('.message[data-mine="true"][data-seq]').forEach(raiseStatus);
}

function raiseStatus(message) {
  const seq = seqOf(message);
  const { delivered, read } = watermarks.conversation === openConversation() ? watermarks : {};
  const reached = seq <= read ? "read" : seq <= delivered ? "delivered" : "sent";
  if (STATUS.indexOf(reached) > STATUS.indexOf(message.dataset.status)) message.dataset.status = reached;
}
