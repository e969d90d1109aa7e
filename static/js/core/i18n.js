// Sentences that people read. They stand in the scripts in English, as they do in the rest of the code; to a reader of
// another language the server sends the scripts with that language's in their place (widget/web/script_sentences.py).

/**
 * A sentence, with the values in place of its %(name)s.
 * @param {string} sentence
 * @param {Record<string, string | number>} [values]
 */
export const _ = (sentence, values = {}) => sentence.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
