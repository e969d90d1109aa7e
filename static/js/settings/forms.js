// The editor of a form: what is sent is its content as JSON, written out of what stands in the fields.

const area = document.getElementById("area");

/**
 * @param {ParentNode} within
 * @param {string} part
 */
const part = (within, part) => /** @type {any} */ (within.querySelector(`[data-part="${part}"]`));

/**
 * A name for programs, out of the words of a question.
 * @param {string} words
 */
const nameFor = (words) =>
  words
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, 40);

/**
 * Choices, one a line: what is shown, and perhaps behind a "=" what programs are told.
 * @param {string} text
 */
function choicesOf(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  return lines.map((line) => {
    const [title, value] = line.split(" = ").map((it) => it.trim());
    return value ? { title, value } : { title };
  });
}

/** @param {string} text */
const numberOrText = (text) => (text.trim() && !isNaN(Number(text)) ? Number(text) : text.trim());

/**
 * @param {Element} row
 * @param {number} index
 */
function fieldOf(row, index) {
  const value = (/** @type {string} */ name) => part(row, name).value;
  const kind = value("kind");
  /** @type {Record<string, any>} */
  const field = {
    name: value("name") || nameFor(value("label")) || `question_${index + 1}`,
    label: value("label"),
    kind,
  };
  field.required = part(row, "required").checked;
  if (kind === "choice") field.options = choicesOf(value("options"));
  for (const end of ["min", "max"])
    if (part(row, end).value.trim() && part(row, end).closest("label").dataset.for.split(" ").includes(kind))
      field[end] = numberOrText(part(row, end).value);
  return field;
}

/** @param {HTMLFormElement} form */
function contentOf(form) {
  if (form.dataset.editor === "options")
    return {
      type: "options",
      options: choicesOf(part(form, "choices").value),
      multiple: part(form, "multiple").checked,
    };
  return {
    type: "form",
    title: part(form, "title").value,
    fields: [...form.querySelectorAll("[data-field]")].map(fieldOf),
    submit: part(form, "submit").value || undefined,
  };
}

/**
 * Show of each question what its kind has.
 * @param {ParentNode} root
 */
function showKinds(root) {
  for (const row of root.querySelectorAll("[data-field]"))
    for (const it of row.querySelectorAll("[data-for]"))
      it.hidden = !it.dataset.for.split(" ").includes(part(row, "kind").value);
}

/** @param {HTMLFormElement} form */
function write(form) {
  showKinds(form);
  /** @type {HTMLInputElement} */ (form.querySelector("[name=content]")).value = JSON.stringify(contentOf(form));
}

/** @param {Element} element */
const editorOf = (element) => /** @type {HTMLFormElement | null} */ (element.closest("form[data-editor]"));

/** @type {Record<string, (row: Element | null, form: HTMLFormElement) => void>} */
const moves = {
  up: (row) => row.previousElementSibling?.before(row),
  out: (row) => row.remove(),
  add: (_row, form) => {
    const blank = /** @type {HTMLTemplateElement} */ (document.getElementById("blank-field"));
    form.querySelector(".form-fields").append(blank.content.cloneNode(true));
    part(form.querySelector("[data-field]:last-child"), "label").focus();
  },
};

for (const type of ["input", "change"])
  area.addEventListener(type, ({ target }) => {
    const form = editorOf(/** @type {Element} */ (target));
    if (form) write(form);
  });
area.addEventListener("click", ({ target }) => {
  const button = /** @type {Element} */ (target).closest("[data-move]");
  if (!button) return;
  const form = editorOf(button);
  moves[button.dataset.move](button.closest("[data-field]"), form);
  write(form);
});
new MutationObserver(() => showKinds(area)).observe(area, { childList: true });
showKinds(area);
