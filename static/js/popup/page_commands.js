// What the page around asks for now and then, beyond opening, closing and sending: each export is one type of message.

import { _ } from "../core/i18n.js";
import { showError } from "../composer/composer.js";
import { withCalls } from "../messages/conversation.js";
import { showTimes } from "../messages/message_list.js";

/**
 * Call the team.
 * @param {{media: "voice" | "video"}} message
 */
export const call = ({ media }) =>
  withCalls((it) => it.start(media, document.querySelector(".entry.of-team").dataset.conversation));

/** @param {{theme?: string, locale?: string}} message */
export function settings({ theme, locale }) {
  const { dataset } = document.documentElement;
  if (theme) dataset.theme = theme;
  if (locale) dataset.locale = locale;
  showTimes();
}

/** The window that the chat was to have of its own was not opened. */
export const blocked = () => showError(_("The browser has blocked the window. Allow pop-ups for this page."));
