// A list of links that is one stop of the Tab key, however many there are; arrows go from one to the next.

const current = (links) =>
  links.find((it) => it === document.activeElement) ?? links.find((it) => it.hasAttribute("aria-current")) ?? links[0];

/**
 * @param {HTMLElement} list whose links stand in an .entry each
 * @param {Record<string, number>} steps by how many links a key goes on
 */
export function makeOneTabStop(list, steps) {
  const links = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".entry a")]);
  const choose = () => {
    const all = links();
    const stop = current(all);
    for (const link of all) link.tabIndex = link === stop ? 0 : -1;
  };
  new MutationObserver(choose).observe(list, { childList: true, subtree: true, attributeFilter: ["aria-current"] });
  list.addEventListener("focusin", choose);
  list.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    const shown = links().filter((it) => it.checkVisibility());
    const next = shown[shown.indexOf(current(shown)) + step];
    next?.focus();
    next?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  choose();
}
