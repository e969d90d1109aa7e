// Who else is writing in the opened conversation. Loaded when somebody does.

import { _ } from "../core/i18n.js";
import { loadStyles } from "../core/lazy.js";

await loadStyles("typing");

const TYPING_TIMEOUT = 6_000; // ms

const line = document.getElementById("typing");
const writers = new Map(); // user id: {name, timer}

/**
 * Somebody writes in the opened conversation.
 * @param {DOMStringMap} data
 * @param {string} name
 */
export function showTyping({ user }, name) {
  clearTimeout(writers.get(user)?.timer);
  writers.set(user, { name, timer: setTimeout(() => stopTyping(user), TYPING_TIMEOUT) });
  render();
}

/**
 * They have sent it, or (without a user) another conversation was opened.
 * @param {string} [user]
 */
export function stopTyping(user) {
  if (user) writers.delete(user);
  else writers.clear();
  render();
}

/** @param {string[]} names at least one */
function sentence([first, second, ...others]) {
  if (others.length) return _("Several people are typing…");
  return second
    ? _("%(first)s and %(second)s are typing…", { first, second })
    : _("%(name)s is typing…", { name: first });
}

function render() {
  const names = [...writers.values()].map((it) => it.name);
  line.hidden = !names.length;
  line.querySelector("span").textContent = names.length ? sentence(names) : "";
}
