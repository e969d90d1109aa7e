// Times as a person would say them, in the reader's own zone and language.

const midnight = (/** @type {Date} */ date) => new Date(date).setHours(0, 0, 0, 0);

/** A language that Intl takes, which throws for others ("de_DE", "C"): the page's, the browser's, or its own choice. */
function language() {
  for (const tag of [document.documentElement.dataset.locale, navigator.language])
    try {
      if (tag) return Intl.getCanonicalLocales(tag.replace(/\..*/, "").replaceAll("_", "-"))[0];
    } catch {}
  return undefined;
}

function formatTime(date, now, timeOnly) {
  const options = { hour: "numeric", minute: "2-digit" };
  const time = date.toLocaleTimeString(language(), options);
  const days = Math.ceil((midnight(now) - Number(date)) / 86_400_000);
  const relative = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });
  if (Math.abs(now - date) < 60_000) return relative.format(0, "second");
  if (timeOnly || date.toDateString() === now.toDateString()) return time;
  if (days === 1) return `${relative.format(-1, "day")} ${time}`;
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return `${date.toLocaleDateString(language(), { day: "numeric", month: "short", year })} ${time}`;
}

/** A day as it stands above its messages: "Today", "Yesterday", "Monday, 3 November". */
function formatDay(date, now = new Date()) {
  const days = Math.round((midnight(now) - midnight(date)) / 86_400_000);
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  // A day that is yet to come is a clock that is wrong: it is told by its date.
  const relative =
    days === 0 || days === 1
      ? new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(-days, "day")
      : date.toLocaleDateString(language(), { weekday: "long", day: "numeric", month: "long", year });
  return relative.charAt(0).toLocaleUpperCase(language()) + relative.slice(1);
}

/**
 * Fill in every <time> under `root`: "now", "12:40", "yesterday 12:40", a date; the exact time on hover.
 * @param {ParentNode} [root]
 */
export function showTimes(root = document) {
  const now = new Date();
  for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (root.querySelectorAll("time[datetime]"))) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const relative = formatTime(date, now, time.closest(".message")); // above messages stands their day
    if (time.textContent !== relative) time.textContent = relative;
    time.title ||= date.toLocaleString(language(), { dateStyle: "full", timeStyle: "medium" });
  }
  // They change at midnight.
  for (const day of root.querySelectorAll("[data-day]")) day.textContent = formatDay(new Date(day.dataset.day), now);
}

// "now" does not stay true; a page that nobody sees need not be kept right.
setInterval(() => document.hidden || showTimes(), 30_000);
document.addEventListener("visibilitychange", () => document.hidden || showTimes());
