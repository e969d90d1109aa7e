// The first link of what is being written: shown above the text as it will look, and it can be left out.

import { carry } from "./composer.js";
import { iconButton, make } from "../core/dom.js";
import { session } from "../messages/conversation.js";
import { dress } from "../core/lazy.js";

const PAUSE = 500; // ms without a key

const text = document.getElementById("composer-text");
const box = make("div", { className: "composer-preview", hidden: true });
const declined = new Set(); // addresses that were taken out of this message

let timer;
let asked = ""; // the words that look like links, as they were asked for
let shown; // the address that the preview is of
let turn = 0;

const linkish = () => (text.value.match(/\S+\.\S{2,}/g) ?? []).join("\n");

carry({
  ready: () => false,
  take: () => {
    const without = shown && declined.has(shown);
    declined.clear();
    asked = "";
    show();
    return without ? { preview: false } : {};
  },
});
text.closest("form").querySelector(".composer-row").before(box);
["attachment_tray", "message_content"].forEach(dress);

/** Something was typed. */
export function typed() {
  clearTimeout(timer);
  if (!linkish()) return (asked = ""), show();
  timer = setTimeout(ask, PAUSE);
}

async function ask() {
  const words = linkish();
  if (words === asked) return;
  asked = words;
  const mine = ++turn;
  const response = await fetch("/w/preview", {
    method: "POST",
    headers: { Accept: "text/html", "Content-Type": "application/json", ...session() },
    body: JSON.stringify({ body: text.value }),
  }).catch(() => {});
  const fragment = response?.status === 200 ? await response.text() : "";
  if (mine === turn && asked) show(fragment);
}

function show(fragment = "") {
  box.innerHTML = fragment;
  const link = box.querySelector("a");
  shown = link?.href;
  box.hidden = !link || declined.has(shown);
  if (!link) return;
  link.querySelector(".blur")?.remove();
  box.append(
    iconButton("close", "Leave the preview out", () => {
      declined.add(shown);
      box.hidden = true;
      text.focus();
    }),
  );
}
