// What stands above the opened conversation. Loaded when its members or its name have changed.

import { loadStyles } from "../core/lazy.js";
import { authHeaders, refreshSheet } from "./conversation.js";
import { openConversation, withHistory } from "./message_list.js";

/**
 * Load what stands above the opened conversation. When another has been opened by the time it comes, nothing happens: a
 * name would stand above what somebody else has written.
 */
export async function loadHead() {
  const conversation = openConversation();
  const headers = { Accept: "text/html", ...authHeaders() };
  const response = await fetch(`/w/conversations/${conversation}/head`, { headers });
  const text = await response.text();
  const target = document.getElementById("head");
  if (response.ok && openConversation() === conversation)
    await htmx.swap({ sourceElement: target, target, swap: "innerHTML", text });
}

/**
 * Show the conversation as its entry in the list has it now; who was taken in again reads on from the beginning.
 * @param {HTMLElement} entry
 */
export async function updateHead({ dataset }) {
  const { conversation } = dataset;
  const shown = document.getElementById("conversation");
  if ("left" in shown.dataset && !("left" in dataset)) return withHistory((it) => it.open(conversation));
  shown.toggleAttribute("data-left", "left" in dataset);
  await loadStyles("conversation_list");
  await loadHead();
  await refreshSheet(`conversation:${conversation}`);
}
