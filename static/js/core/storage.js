// What this browser keeps for all its tabs: drafts, messages that have not left yet, choices. What cannot be written,
// because storage is blocked or full, is read from memory and lasts as long as the page. The loader, which can import
// nothing, keeps the visitor's token in the same way.

/** @type {Map<string, any>} What could not be written: newer than what is stored. */
const memory = new Map();
/** @type {Set<(name: string) => void>} */
const listeners = new Set();

/**
 * The value kept under `name`, or `fallback`.
 * @param {string} name
 * @param {any} [fallback]
 */
export function get(name, fallback) {
  let value = memory.get(name);
  try {
    if (!memory.has(name)) value = JSON.parse(localStorage.getItem(name));
  } catch {}
  return value ?? fallback;
}

/**
 * Keep `value` (anything JSON can hold) under `name`; undefined forgets it. The other tabs are told.
 * @param {string} name
 * @param {any} value
 */
export function set(name, value) {
  memory.set(name, value);
  try {
    if (value === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
    memory.delete(name);
  } catch {}
}

/**
 * The names that begin with `prefix` and have a value, in order.
 * @param {string} prefix
 */
export function names(prefix) {
  const all = new Set(memory.keys());
  try {
    for (const name of Object.keys(localStorage)) all.add(name);
  } catch {}
  return [...all].filter((name) => name.startsWith(prefix) && get(name) !== undefined).sort();
}

/**
 * Call `listener(name)` when another tab has changed something.
 * @param {(name: string) => void} listener
 */
export function onChange(listener) {
  listeners.add(listener);
}

addEventListener("storage", ({ key }) => {
  if (!key) return;
  memory.delete(key); // theirs is newer
  for (const listener of listeners) listener(key);
});
