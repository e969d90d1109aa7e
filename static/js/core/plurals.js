// Sentences that have another form for one than for many (see i18n.js).

import { _ } from "./i18n.js";

const rules = new Intl.PluralRules(document.documentElement.lang);

/**
 * The sentence for that many; %(num)s is their number.
 * @param {string | Record<string, string>} one the server puts all forms of another language here, by their category
 * @param {string} other
 * @param {number} num
 */
export function ngettext(one, other, num) {
  const forms = typeof one === "string" ? { one, other } : one;
  return _(forms[rules.select(num)] ?? forms.other, { num: num.toLocaleString() });
}
