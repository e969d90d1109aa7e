// Who else is writing in the opened conversation. Loaded when somebody does.

import { dress } from "../core/lazy.js";

await dress("typing");

const BELIEVED = 6_000; // ms

const line = document.getElementById("typing");
const writers = new Map(); // user id: {name, timer}

/** Somebody writes in the opened conversation. */
export function showTyping({ user }, name) {
  clearTimeout(writers.get(user)?.timer);
  writers.set(user, { name, timer: setTimeout(() => stopTyping(user), BELIEVED) });
  draw();
}

/** They have sent it, or (without a user) another conversation was opened. */
export function stopTyping(user) {
  if (user) writers.delete(user);
  else writers.clear();
  draw();
}

function draw() {
  const names = [...writers.values()].map((it) => it.name);
  line.hidden = !names.length;
  const who = names.length > 2 ? "Several people" : names.join(" and ");
  line.querySelector("span").textContent = names.length ? `${who} ${names.length > 1 ? "are" : "is"} typing…` : "";
}
