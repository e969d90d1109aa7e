// The first link of what is being written: shown above the text as it will look, and it can be left out.

import { _ } from "../core/i18n.js";
import { addMessagePart } from "./composer.js";
import { iconButton, make } from "../core/dom.js";
import { authHeaders } from "../messages/conversation.js";
import { loadStyles } from "../core/lazy.js";

const TYPING_PAUSE = 500; // ms without a key

const text = document.getElementById("composer-text");
const box = make("div", { className: "composer-preview", hidden: true });
const declined = new Set(); // addresses that were taken out of this message

/** @type {ReturnType<typeof setTimeout>} */
let timer;
let requested = ""; // the words that look like links, as they were asked for
/** @type {string | undefined} The address that the preview is of. */
let shown;
let requestNumber = 0;

const linkCandidates = () => (text.value.match(/\S+\.\S{2,}/g) ?? []).join("\n");

addMessagePart({
  ready: () => false,
  take: () => {
    const without = shown && declined.has(shown);
    declined.clear();
    requested = "";
    renderPreview();
    return without ? { preview: false } : {};
  },
});
text.closest("form").querySelector(".composer-row").before(box);
["link_preview", "message_content"].forEach(loadStyles);

/** Something was typed. */
export function onTyped() {
  clearTimeout(timer);
  if (!linkCandidates()) return ((requested = ""), renderPreview());
  timer = setTimeout(fetchPreview, TYPING_PAUSE);
}

async function fetchPreview() {
  const candidates = linkCandidates();
  if (candidates === requested) return;
  requested = candidates;
  const mine = ++requestNumber;
  const response = await fetch("/w/preview", {
    method: "POST",
    headers: { Accept: "text/html", "Content-Type": "application/json", ...authHeaders() },
    body: JSON.stringify({ body: text.value }),
  }).catch(() => null);
  const fragment = response?.status === 200 ? await response.text() : "";
  if (mine === requestNumber && requested) renderPreview(fragment);
}

function renderPreview(fragment = "") {
  box.innerHTML = fragment;
  const link = box.querySelector("a");
  shown = link?.href;
  box.hidden = !link || declined.has(shown);
  if (!link) return;
  link.querySelector(".blur")?.remove();
  box.append(
    iconButton("close", _("Leave the preview out"), () => {
      declined.add(shown);
      box.hidden = true;
      text.focus();
    }),
  );
}
