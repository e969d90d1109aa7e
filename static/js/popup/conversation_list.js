// The visitor's conversations, kept in order. Loaded when one of them has changed.

import { insertSorted } from "../core/htmx_hooks.js";
import { updateHead } from "../messages/head.js";
import { openConversation, parseFragment, prepareFragment, showTimes } from "../messages/message_list.js";
import { reachByKeyboard } from "./conversation_row.js";

/** What stands above a conversation depends on these. */
const headState = ({ dataset }) =>
  [dataset.title, dataset.picture, dataset.members, "left" in dataset, dataset.work].join("\n");

/**
 * Put an entry where its time says; what stands above the conversation, if it is open, follows.
 * @param {string} fragment
 * @param {() => void} nameTeam to be called when an entry or a head has been drawn
 * @param {() => void} refresh to be called when the entries have changed
 */
export async function placeEntry(fragment, nameTeam, refresh) {
  const list = document.getElementById("list");
  const entry = parseFragment(fragment);
  const { conversation, revision } = entry.dataset;
  const known = document.getElementById(entry.id);
  if (Number(known?.dataset.revision) > Number(revision)) return; // it was overtaken on its way
  const focused = known?.contains(document.activeElement);
  known?.remove(); // its new time sorts it anew
  await insertSorted(list, fragment, entry.id, (it) => it.dataset.updated < entry.dataset.updated);
  const placed = document.getElementById(entry.id);
  if (focused) placed.querySelector("a").focus();
  nameTeam();
  showTimes(list);
  if (list.hidden && list.children.length > 1) await show(list);
  refresh();
  if (!known || conversation !== openConversation() || headState(known) === headState(placed)) return;
  await updateHead(placed);
  nameTeam();
}

/**
 * There is a second conversation.
 * @param {HTMLElement} list
 */
async function show(list) {
  list.dataset.styles = "conversation_list message_content";
  await prepareFragment(list.outerHTML);
  list.hidden = false;
  reachByKeyboard();
}
