// The page that embeds the popup, as seen from inside: a private channel to its loader, which keeps the token.

import { load } from "../core/lazy.js";

const NO_ANSWER = 1_000; // ms; a window may have been opened by a page that knows nothing of us

/** Resolves to {opened, pageFocused, ask(), session(token), forget(), tell(type, detail), onMessage(fn)}. */
export function connectHost() {
  if (window.parent !== window) return meet(window.parent);
  const alone = async () => (await load("popup/standalone.js")).alone();
  if (!window.opener) return alone();
  const silence = new Promise((resolve) => setTimeout(resolve, NO_ANSWER)).then(alone);
  return Promise.race([meet(window.opener), silence]);
}

function allowed(origin) {
  const origins = document.body.dataset.allowedOrigins.split(" ");
  return origin === location.origin || origins.includes("*") || origins.includes(origin);
}

function meet(loader) {
  return new Promise((resolve) => {
    addEventListener("message", function hear({ source, origin, data, ports }) {
      if (source !== loader || data?.chatpopup !== "port" || !allowed(origin)) return;
      removeEventListener("message", hear);
      resolve(speak(ports[0], data));
    });
    loader.postMessage({ chatpopup: "hello" }, "*"); // says nothing that is not known to everybody
  });
}

function speak(port, { open, focus }) {
  const answers = [];
  const early = [];
  let listener = null;
  port.onmessage = ({ data }) => {
    if (data.type === "answer" || data.type === "kept") answers.shift()?.(data);
    else if (listener) listener(data);
    else early.push(data);
  };
  const request = (message) =>
    new Promise((resolve) => {
      answers.push(resolve);
      port.postMessage(message);
    });
  return {
    opened: open,
    pageFocused: focus,
    ask: () => request({ type: "ask" }),
    session: (token) => request({ type: "session", token }),
    forget: () => port.postMessage({ type: "forget" }),
    tell: (type, detail) => {
      if (type === "close" && window.parent === window) window.close(); // popped out of the page
      else port.postMessage({ type, detail, ...(type === "unread" ? detail : {}) });
    },
    onMessage: (fn) => {
      listener = fn;
      early.splice(0).forEach(fn);
    },
  };
}
