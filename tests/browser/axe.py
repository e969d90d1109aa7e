"""What is asked of a page, in each of its states: of its looks, by axe, and that all of it can be read."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOR_RULES = ["color-contrast", "link-in-text-block"]
MODES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 384, "height": 680}},
    # 1280 pixels at 200 and 400 %, with the space between letters, words and lines that somebody may need (1.4.12).
    "dark": {"color_scheme": "dark", "viewport": {"width": 640, "height": 480}},
    "narrow": {"forced_colors": "active", "viewport": {"width": 320, "height": 640}},
}
VIOLATIONS = """async (rules) => {
  const { violations } = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)]);
}"""
"""Not all that axe has looked at: it takes longer to bring here than to find."""
SPACING = """addEventListener("DOMContentLoaded", () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important }"
    + "* { word-spacing: .16em !important } p { margin-block-end: 2em !important }");
  document.adoptedStyleSheets = [sheet];
})"""
CUT = """() => [...document.querySelectorAll("body *:not(svg *)")].filter((it) => {
  const { clipPath, display, overflowX, textOverflow, webkitLineClamp } = getComputedStyle(it);
  const shortened = textOverflow === "ellipsis" || webkitLineClamp !== "none"; // on purpose; the whole is a click away
  if (shortened || clipPath !== "none" || display === "inline" || !/hidden|clip|visible/.test(overflowX)) return false;
  const words = [...it.childNodes].map((child) => (child.nodeType === Node.TEXT_NODE ? child.data : ""));
  if (!words.some((text) => /\\p{L}{2}/u.test(text))) return false;
  const hidden = overflowX !== "visible" && it.scrollHeight > it.clientHeight + 2;
  return it.checkVisibility({ visibilityProperty: true }) && (hidden || it.scrollWidth > it.clientWidth + 1);
}).map((it) => it.outerHTML.slice(0, 120))"""
"""The elements whose words do not fit into them."""


def check(page: Page, state: str) -> None:
    """axe finds nothing on the page as it is now, nobody has to scroll sideways, and no words are cut."""
    # What is fading in has too little contrast for a moment.
    page.evaluate("() => document.getAnimations().forEach((it) => it.effect.getTiming().iterations < 9 && it.finish())")
    dark = page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches")
    rules = COLOR_RULES if dark else RULES  # all but colors is the same in the dark
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    assert page.evaluate(VIOLATIONS, rules) == [], state
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), state
    cut = page.evaluate(CUT)
    assert cut == [], (state, cut)
