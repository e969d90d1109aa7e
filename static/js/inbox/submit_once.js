// A form that loads a page is sent once: what the second click of a double one would send, a sign-in link say, the
// first has used up, and its answer is what would be shown.

const WITHIN = 3_000; // ms; later it is tried again because nothing has come

const sentAt = new WeakMap();

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.getAttribute("method") !== "post") return; // htmx sends it
  if (Date.now() - (sentAt.get(form) ?? 0) < WITHIN) event.preventDefault();
  else sentAt.set(form, Date.now());
});
