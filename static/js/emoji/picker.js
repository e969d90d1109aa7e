// Choosing an emoji: a panel near the button that asks for one. Nothing of it is loaded before.

import { _ } from "../core/i18n.js";
import { ngettext } from "../core/plurals.js";
import { make } from "../core/dom.js";
import { loadStyles } from "../core/lazy.js";
import * as storage from "../core/storage.js";
import { groups, synonyms } from "./names.js";

const RECENT = "emoji:recent";
const GAP = 8; // pixels, to the anchor and to the window's edges
const LEAST = 240; // where there is less room than this, the panel rather covers its anchor

const wordsOf = (text) => text.toLowerCase().match(/[^\s-]+/g) ?? [];

const pairs = (text) => [...text.matchAll(/([^a-z\n]+)([a-z][a-z '-]*)/gi)];

const alsoCalled = pairs(synonyms);

function entry([, emoji, name]) {
  const others = alsoCalled.flatMap(([, several, words]) => (several.includes(emoji) ? wordsOf(words) : []));
  return { emoji, name, words: [...wordsOf(name), ...others] };
}

const TITLES = {
  Smileys: _("Smileys"),
  People: _("People"),
  Nature: _("Nature"),
  Food: _("Food"),
  Travel: _("Travel"),
  Activities: _("Activities"),
  Objects: _("Objects"),
  Symbols: _("Symbols"),
  Flags: _("Flags"),
};
const catalogue = Object.entries(groups).map(([name, list]) => ({
  title: TITLES[name],
  entries: pairs(list).map(entry),
}));
const all = catalogue.flatMap(({ entries }) => entries);

const recent = () => storage.get(RECENT, []).flatMap((emoji) => all.find((entry) => entry.emoji === emoji) ?? []);

/** Those that have, for each word asked for, one that begins with it; first those that have the very words. */
function found(query) {
  const having = (fits) => all.filter(({ words }) => query.every((asked) => words.some((word) => fits(word, asked))));
  return [...new Set([...having((word, asked) => word === asked), ...having((word, asked) => word.startsWith(asked))])];
}

const outcome = (count) => (count ? ngettext("%(num)s found.", "%(num)s found.", count) : _("Nothing found."));

function section({ title, entries }) {
  const cells = entries.map(({ emoji, name }) =>
    make("button", { type: "button", className: "emoji", tabIndex: -1, ariaLabel: name, title: name }, emoji),
  );
  const element = make(
    "section",
    { role: "group", ariaLabel: title },
    make("h2", {}, title),
    make("div", {}, ...cells),
  );
  element.style.setProperty("--count", cells.length);
  return element;
}

class Picker {
  #search = make("input", {
    className: "emoji-search",
    placeholder: _("Search emoji"),
    ariaLabel: _("Search emoji"),
    autocomplete: "off",
    spellcheck: false,
  });
  #status = make("p", { role: "status" });
  #list = make("div", { className: "emoji-list" });
  #panel = make(
    "div",
    { className: "emoji-picker", popover: "manual", role: "dialog", ariaLabel: _("Emoji"), tabIndex: -1 },
    this.#search,
    this.#status,
    this.#list,
  );
  #open = new AbortController();
  #current; // the emoji that Tab reaches, and that Enter picks while searching
  #done;

  constructor(anchor, byKeyboard, done) {
    this.anchor = anchor;
    this.#done = done;
    this.#draw();
    // What is outside an open modal dialog is inert, even in the top layer.
    (anchor.closest("dialog[open]") ?? document.body).append(this.#panel);
    this.#panel.showPopover();
    this.#placeMessage();
    this.#listen();
    // By touch, the keyboard would jump up.
    const typing = byKeyboard || matchMedia("(pointer: fine)").matches;
    (typing ? this.#search : this.#panel).focus({ preventScroll: true });
  }

  close(emoji = null, back = true) {
    if (this.#open.signal.aborted) return;
    this.#open.abort(); // first: the focus leaves with the panel
    if (back) this.anchor.focus({ preventScroll: true });
    this.#panel.remove();
    this.#done(emoji);
  }

  #listen() {
    const { signal } = this.#open;
    // Pressing the anchor asks again, which closes; closed by then, it would open once more.
    const leave = (element) =>
      this.#panel.contains(element) || this.anchor.contains(element) || this.close(null, false);
    this.#search.addEventListener("input", () => this.#draw());
    this.#panel.addEventListener("click", (event) =>
      this.#pick(/** @type {HTMLElement} */ (event.target).closest(".emoji")),
    );
    this.#panel.addEventListener("focusin", ({ target }) => this.#reach(target));
    this.#panel.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && leave(relatedTarget), { signal });
    // On their way down, so that Escape closes nothing else, wherever the focus is.
    document.addEventListener("keydown", (event) => this.#key(event), { signal, capture: true });
    document.addEventListener("pointerdown", ({ target }) => leave(target), { signal, capture: true });
    addEventListener("blur", () => this.close(null, false), { signal });
    addEventListener("resize", () => this.#placeMessage(), { signal });
  }

  #draw() {
    const query = wordsOf(this.#search.value);
    const sections = query.length
      ? [{ title: _("Found"), entries: found(query) }]
      : [{ title: _("Recent"), entries: recent() }, ...catalogue];
    this.#list.replaceChildren(...sections.filter(({ entries }) => entries.length).map(section));
    this.#status.textContent = query.length ? outcome(sections[0].entries.length) : "";
    this.#list.scrollTop = 0;
    this.#current = null;
    this.#reach(this.#list.querySelector(".emoji"));
  }

  #reach(cell) {
    if (!cell?.matches(".emoji")) return;
    if (this.#current) this.#current.tabIndex = -1;
    this.#current = cell;
    cell.tabIndex = 0;
  }

  #pick(cell) {
    if (!cell) return;
    const emoji = cell.textContent;
    storage.set(RECENT, [...new Set([emoji, ...storage.get(RECENT, [])])].slice(0, 16));
    this.close(emoji);
  }

  #key(event) {
    const { key, target, shiftKey, isComposing } = event;
    const cell = target.closest(".emoji");
    if (isComposing) return;
    if (key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      return this.close();
    }
    if (!this.#panel.contains(target)) return;
    // Out of the panel, Tab goes on from the anchor and not from the end of the page.
    if (key === "Tab" && shiftKey !== Boolean(cell)) return this.close();
    if (key === "Enter") {
      event.preventDefault(); // a click would come too, or a line break wherever the focus goes
      return (cell || this.#search.value) && this.#pick(cell ?? this.#current);
    }
    const next = cell ? this.#beside(cell, key) : key === "ArrowDown" && this.#current;
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  #beside(cell, key) {
    const cells = [...this.#list.querySelectorAll(".emoji")];
    const at = cells.indexOf(cell);
    const below = ({ offsetLeft }) => offsetLeft === cell.offsetLeft;
    if (key === "ArrowLeft") return cells[at - 1];
    if (key === "ArrowRight") return cells[at + 1];
    if (key === "ArrowUp") return cells.slice(0, at).findLast(below) ?? this.#search;
    if (key === "ArrowDown") return cells.slice(at + 1).find(below);
    if (key === "Home") return cells[0];
    if (key === "End") return cells.at(-1);
  }

  /** Above the anchor if there is room, else where there is more; never outside the window. */
  #placeMessage() {
    const { style } = this.#panel;
    const { left, right, top, bottom } = this.anchor.getBoundingClientRect();
    style.height = "";
    const { offsetWidth: width, offsetHeight: wanted } = this.#panel;
    const above = top - 2 * GAP;
    const below = innerHeight - bottom - 2 * GAP;
    const upwards = above >= Math.min(wanted, below);
    const height = Math.min(wanted, Math.max(above, below, LEAST), innerHeight - 2 * GAP);
    const within = (at, size, window) =>
      `${Math.max(Math.min(at, window - size - GAP), Math.min(GAP, (window - size) / 2))}px`;
    style.height = `${height}px`;
    style.top = within(upwards ? top - GAP - height : bottom + GAP, height, innerHeight);
    style.left = within(left + width + GAP > innerWidth ? right - width : left, width, innerWidth);
    style.transformOrigin = upwards ? "bottom" : "top";
  }
}

/** @type {Picker | null} The picker that is open. */
let shown = null;

/**
 * Show the picker near `anchor`; resolves to the chosen emoji, or null when it was closed. Asking again for the same
 * anchor closes it.
 * @param {HTMLElement} anchor
 * @returns {Promise<string | null>}
 */
export async function pickEmoji(anchor) {
  const byKeyboard = anchor.matches(":focus-visible");
  await Promise.all(["forms", "emoji_picker"].map(loadStyles));
  const again = shown?.anchor === anchor;
  shown?.close();
  if (again) return null;
  return new Promise((resolve) => {
    shown = new Picker(anchor, byKeyboard, (emoji) => {
      shown = null;
      resolve(emoji);
    });
  });
}
