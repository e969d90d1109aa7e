// What this browser keeps for all its tabs: drafts and messages that have not left yet. Where storage is blocked it
// lasts as long as the page.

const memory = new Map();
const listeners = new Set();

/** The value kept under `name`, or `otherwise`. */
export function get(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return memory.get(name) ?? otherwise;
  }
}

/** Keep `value` (anything JSON can hold) under `name`; undefined forgets it. The other tabs are told. */
export function set(name, value) {
  try {
    if (value === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    memory.set(name, value);
  }
}

/** Call `listener(name)` when another tab has changed something. */
export function onChange(listener) {
  listeners.add(listener);
}

addEventListener("storage", (event) => {
  if (event.key) for (const listener of listeners) listener(event.key);
});
