// Locks, for what only one tab may do at a time: Web Locks, or, where there are none, those that the tabs agree on
// among themselves. Web Locks are missing on pages without HTTPS, and never answer in some browsers that block
// storage.

import { load } from "./lazy.js";

const NO_ANSWER = 1_000; // ms

/** @type {Promise<boolean>} */
let answer;

/** Whether Web Locks work here; resolves within a second. */
export function locksWork() {
  answer ??= new Promise((resolve) => {
    setTimeout(() => resolve(false), NO_ANSWER);
    const probe = navigator.locks?.request(`probe:${Math.random()}`, () => resolve(true));
    probe ? probe.catch(() => resolve(false)) : resolve(false);
  });
  return answer;
}

/**
 * Do `work` when no other tab is doing work of this name; `steal` takes the name away from whoever has it, whose
 * request is rejected then. A tab that cannot load what the others agree by is on its own.
 * @template Result
 * @param {string} name
 * @param {() => Promise<Result>} work
 * @param {{steal?: boolean}} [options]
 * @returns {Promise<Result>}
 */
export async function withLock(name, work, options = {}) {
  if (await locksWork()) return navigator.locks.request(name, options, work);
  const channelLocks = await load("core/channel_locks.js").catch(() => {});
  return channelLocks ? channelLocks.request(name, options, work) : work();
}
