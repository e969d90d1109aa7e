// What an open tab does so that nobody is missed: a dot on its icon, a sound, a notification on the screen; each agent
// chooses what they are for. One a browser, by the tab that has the stream.

import { openConversation, parseFragment } from "../messages/message_list.js";
import { registration } from "./push.js";
import { _ } from "../core/i18n.js";

const LOOKED = 700; // ms that somebody has for reading a message before it is shown on the screen

const icon = /** @type {HTMLLinkElement} */ (document.querySelector("link[rel=icon]"));
const plain = icon.href;
const chosen = document.body.dataset;
const { user } = chosen;

const entryOf = (conversation) => document.getElementById(`e-${conversation}`);

/**
 * Whether a conversation is among those that somebody wants to be told of: all, mine (or nobody's), or none; never what
 * a bot answers.
 */
function concerns(choice, conversation) {
  const { assignee, withBot } = entryOf(conversation)?.dataset ?? {};
  if (withBot !== undefined) return false;
  return choice === "all" || (choice === "mine" && (!assignee || assignee === user));
}

/** Whether no sound is wanted for this conversation. */
export const isQuiet = (conversation) => !concerns(chosen.sound, conversation);

/**
 * The agent has chosen anew, here or elsewhere.
 * @param {string} fragment
 */
export function choose(fragment) {
  const { sound, desktop, words } = parseFragment(fragment).dataset;
  Object.assign(chosen, { sound, desktop, words });
}

/**
 * So many messages are unread: it shows on the tab itself.
 * @param {number} count
 */
export function markIcon(count) {
  const wanted = count ? icon.dataset.dot : plain;
  if (icon.href !== wanted) icon.href = wanted;
}

/**
 * Somebody has written; unless it is read in a moment, it is shown on the screen.
 * @param {HTMLElement} message
 */
export function messageCame(message) {
  const { conversation, sender, mine, kind } = message.dataset;
  const colleague = document.querySelector(`[data-agents] [data-agent="${CSS.escape(sender ?? "")}"]`);
  if (mine === "true" || kind === "system" || colleague || !concerns(chosen.desktop, conversation)) return;
  if (globalThis.Notification?.permission !== "granted") return;
  setTimeout(() => show(message), LOOKED);
}

async function show(message) {
  const { conversation } = message.dataset;
  const entry = entryOf(conversation);
  const isRead = entry ? !Number(entry.dataset.unread) : conversation === openConversation() && !document.hidden;
  if (isRead) return;
  const title = message.querySelector(".sender")?.textContent ?? "";
  const words = chosen.words === "true" ? message.querySelector(".body")?.textContent.trim() : "";
  await registration();
  const worker = await navigator.serviceWorker.ready;
  await worker.showNotification(title, {
    body: words || _("A new message"),
    tag: conversation, // what comes by push, too, takes its place
    icon: "/static/newest/icons/inbox-192.png",
    data: { url: `/inbox/${conversation}` },
  });
}
