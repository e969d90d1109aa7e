// Colleagues at the same conversation: who has it open, who is writing an answer, and a warning when one of them was
// quicker.

import { _ } from "../core/i18n.js";
import { post } from "../messages/conversation.js";
import { openConversation, parseFragment, withHistory } from "../messages/message_list.js";
import { notify } from "./work.js";

const AGAIN = 20_000; // ms between two words to the others that it is open here
const GONE = 45_000; // ms after which somebody who says nothing more is not here

const { user } = document.body.dataset;
const line = document.getElementById("colleagues");
const text = /** @type {HTMLTextAreaElement} */ (document.getElementById("composer-text"));

/** @type {Map<string, {name: string, at: number}>} Who has the open conversation open, too. */
const here = new Map();
let conversation = "";
let begun = 0; // when writing an answer began
let warned = false;

function draw() {
  for (const [id, { at }] of here) if (Date.now() - at > GONE) here.delete(id);
  const names = Array.from(here.values(), ({ name }) => name);
  line.hidden = !names.length;
  line.textContent = names.length ? _("Also here: %(names)s", { names: names.join(", ") }) : "";
}

/** @param {boolean} [entered] whether this tab has just begun, and knows nobody */
async function announce(entered = false) {
  draw();
  const open = openConversation();
  if (!open || document.hidden) return;
  const response = await post(`/w/conversations/${open}/viewing`, { entered }).catch(() => null);
  // The stream has brought nothing of it for a while, since many others were opened in other tabs.
  if (response?.status === 205 && open === openConversation()) await withHistory((it) => it.open(open));
}
setInterval(announce, AGAIN);
document.addEventListener("visibilitychange", () => announce());

/** Another conversation is open now. */
export function enter() {
  if (conversation === openConversation()) return;
  conversation = openConversation();
  here.clear();
  begun = 0;
  announce(true);
}

/**
 * A colleague has a conversation open.
 * @param {string} fragment
 */
export function showColleague(fragment) {
  const { dataset, textContent } = parseFragment(fragment);
  if (dataset.conversation !== openConversation() || dataset.user === user) return;
  if ("entered" in dataset) announce(); // so that they know of us, too
  here.set(dataset.user, { name: textContent, at: Date.now() });
  draw();
}

text.addEventListener("input", () => {
  if (!text.value) begun = 0;
  else if (!begun) {
    begun = Date.now();
    warned = false;
  }
});

/**
 * A message has come; when a colleague has answered what is being answered here, that is told once.
 * @param {HTMLElement} message
 */
export function noticeAnswer(message) {
  const { conversation: where, sender, mine, kind } = message.dataset;
  if (where !== openConversation() || mine === "true" || kind === "system" || "private" in message.dataset) return;
  const colleague = document.querySelector(`[data-agents] [data-agent="${CSS.escape(sender ?? "")}"]`);
  if (!begun || warned || !colleague) return;
  warned = true;
  notify(_("%(name)s has answered meanwhile.", { name: message.querySelector(".sender")?.textContent ?? "" }));
}
