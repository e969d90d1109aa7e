// Times as a person would say them, in the reader's own zone and language.

const language = () => document.documentElement.dataset.locale || navigator.language;

function say(date, now) {
  const options = { hour: "numeric", minute: "2-digit" };
  const clock = date.toLocaleTimeString(language(), options);
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const days = Math.ceil((midnight - date) / 86_400_000);
  const words = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });
  if (now - date < 60_000) return words.format(0, "second");
  if (days <= 0) return clock;
  if (days === 1) return `${words.format(-1, "day")} ${clock}`;
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return `${date.toLocaleDateString(language(), { day: "numeric", month: "short", year })} ${clock}`;
}

/** Fill in every <time> under `root`: "now", "12:40", "yesterday 12:40", a date; the exact time on hover. */
export function showTimes(root = document) {
  const now = new Date();
  for (const time of root.querySelectorAll("time[datetime]")) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const words = say(date, now);
    if (time.textContent !== words) time.textContent = words;
    time.title ||= date.toLocaleString(language(), { dateStyle: "full", timeStyle: "medium" });
  }
}

// "now" does not stay true; a page that nobody sees need not be kept right.
setInterval(() => document.hidden || showTimes(), 30_000);
document.addEventListener("visibilitychange", () => document.hidden || showTimes());
