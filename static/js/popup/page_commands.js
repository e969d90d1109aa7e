// What the page around asks for now and then, beyond opening, closing and sending: each export is one type of message.

/** @import { Host } from "../types.d.ts" */

import { _ } from "../core/i18n.js";
import { showError } from "../composer/composer.js";
import { post, withCalls } from "../messages/conversation.js";
import { lazy } from "../core/lazy.js";
import * as storage from "../core/storage.js";
import { hasFocus, isOpen, parseFragment, showTimes } from "../messages/message_list.js";

const withAnnouncer = lazy("messages/announcer.js", true);
/** @type {ReturnType<typeof setTimeout>} */
let silencing;

const withForms = lazy("popup/forms.js");

/**
 * Call the team.
 * @param {{media: "voice" | "video"}} message
 */
export async function call({ media }) {
  const own = /** @type {HTMLElement | null} */ (document.querySelector(".entry.of-team"));
  const conversation = own ? own.dataset.conversation : await beginOwn();
  await withCalls((it) => it.start(media, conversation));
}

/** Whoever has let others into their conversation begins another one with the team alone. */
async function beginOwn() {
  const answer = await post("/w/conversations");
  return (await answer.json()).id;
}

/**
 * A message has come: the page around is told, and while the chat is closed says it to those who hear the page: in the
 * window that has the focus, so that what is open in several is heard once.
 * @param {{message: HTMLElement}} arrival
 * @param {Host} host
 */
export function message({ message }, host) {
  const { mine, conversation } = message.dataset;
  const body = message.querySelector(".body").textContent.trim();
  host.notify("message", { id: message.id.slice(2), mine: mine === "true", body });
  if (mine === "true" || isOpen() || !hasFocus() || storage.get(`muted:${conversation}`)) return;
  withAnnouncer(({ wordsOf, HEARD }) => {
    host.notify("announce", { words: _("New message. %(words)s", { words: wordsOf(message) }) });
    clearTimeout(silencing);
    silencing = setTimeout(() => host.notify("announce", { words: "" }), HEARD);
  });
}

/**
 * Show a form of the settings.
 * @param {{name: string}} message
 * @param {Host} host
 */
export const form = async ({ name }, host) => {
  const { profile } = await host.getSession();
  await withForms((it) => it.open(String(name), profile));
};

/** @param {{theme?: string, locale?: string}} message */
export function settings({ theme, locale }) {
  const { dataset } = document.documentElement;
  if (theme) dataset.theme = theme;
  if (locale) dataset.locale = locale;
  showTimes();
}

/**
 * The owner has changed how the chat looks, or tries it out. What the tag of this page says goes before it.
 * @param {{fragment: string}} message
 * @param {Host} host
 * @param {() => void} nameTeam
 */
export function appearance({ fragment }, host, nameTeam) {
  const look = parseFragment(fragment);
  const { name, greeting, theme, tokens, launcher } = look.dataset;
  const tag = new URLSearchParams(location.search);
  const root = document.documentElement;
  const templates = document.querySelectorAll("template");
  const places = [document, ...Array.from(templates, (it) => it.content)];
  const all = (selector) => places.flatMap((place) => [...place.querySelectorAll(selector)]);
  if (!tag.has("color")) root.style.cssText = tokens;
  if (!tag.has("theme")) root.dataset.theme = theme;
  if (!tag.has("greeting")) for (const it of all(".greeting-title")) it.textContent = greeting;
  if (!tag.has("name")) {
    document.title = document.body.dataset.team = name;
    for (const it of all("#head h1:only-child")) it.textContent = name;
  }
  for (const it of all(".greeting .avatar, #head:not(:has(.of-team)) .avatar"))
    it.replaceWith(look.firstElementChild.cloneNode(true));
  nameTeam();
  host.notify("appearance", JSON.parse(launcher));
}

/** The window that the chat was to have of its own was not opened. */
export const blocked = () => showError(_("The browser has blocked the window. Allow pop-ups for this page."));

/**
 * Let the window that the page has opened go on with this session.
 * @param {object} _message
 * @param {Host} host
 */
export async function popout(_message, host) {
  const [page] = (await host.getSession()).page;
  const response = await post("/w/popouts", { page }).catch(() => null);
  const answer = await response?.json();
  if (!response?.ok) showError(answer?.reason ?? _("There is no connection. Please try again."));
  host.notify("ticket", answer?.ticket);
}
