// Web Locks, for what only one tab may do at a time. They are missing on pages without HTTPS, and in some browsers that
// block storage a request is never answered at all; there, every tab is on its own.

const NO_ANSWER = 1_000; // ms

/** @type {Promise<boolean>} */
let answer;

/** Whether locks work here; resolves within a second. */
export function locksWork() {
  answer ??= new Promise((resolve) => {
    setTimeout(() => resolve(false), NO_ANSWER);
    if (!navigator.locks) resolve(false);
    else navigator.locks.request(`probe:${Math.random()}`, () => resolve(true)).catch(() => resolve(false));
  });
  return answer;
}

/**
 * Do `work` when no other tab is doing work of this name; where locks do not work, do it at once.
 * @template Result
 * @param {string} name
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withLock(name, work) {
  return (await locksWork()) ? navigator.locks.request(name, work) : work();
}
