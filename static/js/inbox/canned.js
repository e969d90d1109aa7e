// Canned answers: "/" at the beginning of what is written opens them, words after it choose among them.

import { focusComposer } from "../composer/composer.js";
import { post } from "../messages/conversation.js";

const text = /** @type {HTMLTextAreaElement} */ (document.getElementById("composer-text"));
const panel = document.getElementById("canned");

/** @type {AbortController | undefined} */
let asking;

const options = () => /** @type {HTMLElement[]} */ ([...panel.querySelectorAll("[role=option]")]);
const selected = () => options().findIndex((it) => it.ariaSelected === "true");

function select(index) {
  const all = options();
  all.forEach((it, at) => (it.ariaSelected = String(at === index)));
  all[index]?.scrollIntoView({ block: "nearest" });
  text.setAttribute("aria-activedescendant", all[index]?.id ?? "");
}

export function closeCanned() {
  asking?.abort();
  panel.hidden = true;
  text.removeAttribute("aria-activedescendant");
}

async function refresh() {
  if (!text.value.startsWith("/") || text.value.includes("\n")) return closeCanned();
  asking?.abort();
  asking = new AbortController();
  const address = `/w/canned?q=${encodeURIComponent(text.value.slice(1))}`;
  const response = await fetch(address, { headers: { Accept: "text/html" }, signal: asking.signal }).catch(() => null);
  if (!response?.ok || !text.value.startsWith("/")) return undefined;
  panel.innerHTML = await response.text();
  panel.hidden = false;
  return select(0);
}

/** What a canned answer says to this visitor, by this agent. */
function filled(words) {
  const values = {
    "visitor.name": document.querySelector("#head .team-name")?.textContent ?? "",
    "agent.name": document.body.dataset.name,
    "page.title": /** @type {HTMLElement} */ (document.querySelector("[data-page-title]"))?.dataset.pageTitle ?? "",
  };
  return words.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (whole, name) => values[name] ?? whole);
}

function insert(option) {
  if (!option) return;
  text.value = filled(option.dataset.text);
  closeCanned();
  text.dispatchEvent(new Event("input", { bubbles: true }));
  focusComposer();
  post(`/w/canned/${option.dataset.canned}/used`);
}

text.addEventListener("input", refresh);
text.addEventListener(
  "keydown",
  (event) => {
    if (panel.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const count = options().length;
    if (step && count) select((selected() + step + count) % count);
    else if ((event.key === "Enter" || event.key === "Tab") && count) insert(options()[selected()]);
    else if (event.key === "Escape") closeCanned();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);
panel.addEventListener("click", ({ target }) => insert(/** @type {HTMLElement} */ (target).closest("[role=option]")));
text.addEventListener("blur", () => setTimeout(closeCanned, 200));

/** Begin to choose one. */
export function openCanned() {
  text.value = "/";
  focusComposer();
  refresh();
}
