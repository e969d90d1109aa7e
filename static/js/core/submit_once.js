// What sends something sends it once: the second click of a double one, and each one while the first is on its way,
// would make a second group, or find a sign-in link used up.

const SENDS = ":is([hx-post], [hx-patch], [hx-put], [hx-delete])";
const WITHIN = 3_000; // ms; later a form that loads a page is sent again, because nothing has come

const sentAt = new WeakMap();

// Enter in a field is a click on the form's button, too.
addEventListener(
  "click",
  (event) => {
    const button = /** @type {Element} */ (event.target).closest("button");
    const sender = button?.closest(button.matches("[type=submit]") ? `form, ${SENDS}` : SENDS);
    if (!sender || (event.detail < 2 && !sender.matches(`.htmx-request${SENDS}`))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.getAttribute("method") !== "post") return; // htmx sends it
  if (Date.now() - (sentAt.get(form) ?? 0) < WITHIN) event.preventDefault();
  else sentAt.set(form, Date.now());
});
