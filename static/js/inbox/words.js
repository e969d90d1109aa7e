// The words of the inbox's scripts, as the page was rendered with them.

const words = JSON.parse(
  /** @type {HTMLTemplateElement} */ (document.getElementById("inbox-words")).content.textContent,
);

/**
 * A sentence, with what stands in braces filled in.
 * @param {string} name
 * @param {Record<string, string>} [values]
 * @returns {string}
 */
export const t = (name, values = {}) => (words[name] ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
