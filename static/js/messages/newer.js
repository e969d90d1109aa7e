// The button above the composer that leads to the newest message, and says how many are new. Loaded when the newest
// message is not in view.

import { _ } from "../core/i18n.js";
import { ngettext } from "../core/plurals.js";
import { loadStyles } from "../core/lazy.js";
import { atEnd, openConversation, scrollToEnd, showsNewest, withHistory } from "./message_list.js";

await loadStyles("newer");

const button = document.getElementById("newer");
let count = 0;

/**
 * Show or hide it; so many more messages are new.
 * @param {number} added
 */
export function update(added) {
  button.hidden = atEnd() && showsNewest();
  count = button.hidden ? 0 : count + added;
  const words = count ? ngettext("%(num)s new", "%(num)s new", count) : "";
  button.querySelector("span").textContent = words;
  button.ariaLabel = words || _("To the newest message");
}

button.addEventListener("click", async () => {
  if (!showsNewest()) await withHistory((it) => it.open(openConversation()));
  scrollToEnd();
});
