// Tells when htmx is about to swap something, and when it has. The events on the document do not: an element that
// replaces itself is no longer in the page when its own event is sent.

/** @typedef {(target: HTMLElement) => void} Hook */

/** @type {Hook[]} */
const before = [];
/** @type {Hook[]} */
const after = [];

/**
 * Call `fn(target)` before each swap.
 * @param {Hook} fn
 */
export const onBeforeSwap = (fn) => before.push(fn);

/**
 * Call `fn(target)` after each swap; a replaced target is the one that was there before.
 * @param {Hook} fn
 */
export const onAfterSwap = (fn) => after.push(fn);

/** What is swapped: a selector, where the answer's status has decided it (hx-status). */
const targetOf = ({ target }) => (typeof target === "string" ? document.querySelector(target) : target);

/** Resolves when whatever is on its way into the opened conversation is there, or cannot be had. */
export let conversationLoaded = Promise.resolve();

htmx.registerExtension("chat-hooks", {
  htmx_before_request: (_, { ctx }) => {
    if (!ctx.target.closest("#conversation")) return;
    const before = conversationLoaded;
    conversationLoaded = new Promise((resolve) => (ctx.loaded = () => before.then(resolve)));
  },
  htmx_finally_request: (_, { ctx }) => ctx.loaded?.(),
  htmx_before_swap: (_, { ctx }) => before.forEach((fn) => fn(targetOf(ctx))),
  htmx_after_swap: (_, { ctx }) => after.forEach((fn) => fn(targetOf(ctx))),
});

/**
 * Put a fragment of one element into a list: in the place of the one with its `id`, else before the first that
 * `comesAfter(element)`.
 * @param {Element} list
 * @param {string} fragment
 * @param {string} id
 * @param {(element: HTMLElement) => boolean} comesAfter
 */
export function insertSorted(list, fragment, id, comesAfter) {
  const known = document.getElementById(id);
  const next = known ? known.nextElementSibling : /** @type {HTMLElement[]} */ ([...list.children]).find(comesAfter);
  known?.remove();
  return htmx.swap({
    sourceElement: list,
    target: next ?? list,
    swap: next ? "beforebegin" : "beforeend",
    text: fragment,
  });
}
