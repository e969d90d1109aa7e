// What stands above the opened conversation. Loaded when its members or its name have changed.

import { loadStyles } from "../core/lazy.js";
import { refreshSheet } from "./conversation.js";
import { withHistory } from "./message_list.js";

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
  await htmx.ajax("GET", `/w/conversations/${conversation}/head`, { target: "#head", swap: "innerHTML" });
  await refreshSheet(`conversation:${conversation}`);
}
