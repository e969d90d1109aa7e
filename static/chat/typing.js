// Who is writing: told to the others at most every three seconds, and believed for six.

const AGAIN = 3_000; // ms
const BELIEVED = 6_000; // ms

const line = document.getElementById("typing");
const text = document.getElementById("composer-text");
const writers = new Map(); // user id: {name, timer}

let last = 0;

/** `tell()` is called while somebody writes here. */
export function startTyping(tell) {
  text.addEventListener("input", () => {
    if (!text.value.trim() || Date.now() - last < AGAIN) return;
    last = Date.now();
    tell();
  });
}

/** Somebody writes in the opened conversation. */
export function showTyping({ user }, name) {
  clearTimeout(writers.get(user)?.timer);
  writers.set(user, { name, timer: setTimeout(() => stopTyping(user), BELIEVED) });
  draw();
}

/** They have sent it, or (without a user) another conversation was opened. */
export function stopTyping(user) {
  if (user) writers.delete(user);
  else writers.clear(), (last = 0);
  draw();
}

function draw() {
  const names = [...writers.values()].map((it) => it.name);
  line.hidden = !names.length;
  const who = names.length > 2 ? "Several people" : names.join(" and ");
  line.querySelector("span").textContent = names.length ? `${who} ${names.length > 1 ? "are" : "is"} typing…` : "";
}
