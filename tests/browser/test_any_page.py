"""Pages that the loader's makers have never seen: how they load it, what they forbid, what they do to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import connected, popup

TRUSTED = "require-trusted-types-for 'script'; trusted-types 'none'"
WAYS_IN = {
    "a module": '<script type="module" src="WIDGET" data-name="Ann"></script>',
    "an import": "<script>window.chatPopupSettings = { name: 'Ann' }; import('WIDGET');</script>",
    "with crossorigin, in the head, twice": "<head><script src=WIDGET data-name=Ann crossorigin></script>SCRIPT</head>",
    "put in by a tag manager": """<script>
        const tag = document.createElement("script");
        tag.src = "WIDGET";
        tag.dataset.name = "Ann";
        document.head.prepend(tag);
      </script>""",
    "held back, and put in again when the page is there": """
      <script type="held-text/javascript" src="WIDGET" data-name="Ann" defer></script><script>
        addEventListener("load", () => {
          const held = document.querySelector("[type^=held]"), tag = document.createElement("script");
          for (const { name, value } of held.attributes) if (name !== "type") tag.setAttribute(name, value);
          held.replaceWith(tag);
        });
      </script>""",
    "an element with its id, and a queue with bad entries": """<p id="ChatPopup">SCRIPT<script>
        addEventListener("load", () => { for (const bad of [null, ["nothing"], 7, ["on"]]) ChatPopup.push(bad); });
      </script>""",
    "bad entries before it is there": """<script>
        window.ChatPopup = [null, 7, ["nothing"], ["on", "open", () => { throw Error("the page's own"); }]];
      </script>SCRIPT""",
    "neither storage nor adopted style sheets": """<script>
        Object.defineProperty(window, "localStorage", { get: () => { throw Error("no storage"); } });
        delete ShadowRoot.prototype.adoptedStyleSheets;
        delete window.CSSStyleSheet;
      </script>SCRIPT""",
    "a page that hides what is empty": "<style>div:empty, html > div { display: none !important }</style>SCRIPT",
}


def test_however_a_page_loads_the_script_the_chat_works_and_nothing_is_thrown(
    page_with: Callable[..., Page], errors: list[str]
) -> None:
    for way, html in WAYS_IN.items():
        page = page_with(f"<!doctype html><title>{way}</title>{html}")
        launcher = page.get_by_test_id("launcher")
        expect(launcher, way).to_have_count(1)
        expect(launcher, way).to_have_css("width", "56px")
        launcher.click()
        expect(popup(page).get_by_role("heading", name="Ann"), way).to_be_visible()
        assert errors == [], way
        page.close()


PROTECTED = [
    {"Cross_Origin_Embedder_Policy": "require-corp", "Cross_Origin_Opener_Policy": "same-origin"},
    {"Cross_Origin_Embedder_Policy": "credentialless"},
    {"Content_Security_Policy": f"{TRUSTED}; default-src 'none'; script-src CHAT; frame-src CHAT"},
]


@pytest.mark.parametrize("headers", PROTECTED, ids=lambda it: " ".join(it.values())[:20])
def test_a_page_that_isolates_itself_has_a_whole_chat(
    page_with: Callable[..., Page], headers: dict[str, str], errors: list[str]
) -> None:
    page = page_with("<!doctype html>SCRIPT", **headers)
    page.get_by_test_id("launcher").click()
    connected(page)
    popup(page).get_by_test_id("composer").fill("from an isolated page")
    popup(page).get_by_test_id("send").click()
    expect(popup(page).get_by_test_id("message")).to_have_attribute("data-status", "sent")
    assert errors == []


def test_a_page_that_writes_itself_anew_prints_or_counts_in_its_title_keeps_what_is_its_own(
    page_with: Callable[..., Page], errors: list[str]
) -> None:
    page = page_with("<!doctype html><title>(3) Mail</title><body>one SCRIPT</body>")
    page.get_by_test_id("launcher").click()
    connected(page)
    expect(page).to_have_title("(3) Mail")
    page.emulate_media(media="print")
    expect(page.get_by_test_id("launcher")).not_to_be_visible()
    expect(page.get_by_test_id("popup")).not_to_be_visible()
    page.emulate_media(media="screen")
    page.evaluate("() => { document.write('<title>(3) Mail</title><p>two'); document.close(); }")
    expect(page.get_by_text("two")).to_be_visible()
    connected(page)
    popup(page).get_by_test_id("composer").fill("after the page was written anew")
    popup(page).get_by_test_id("composer").press("Enter")
    expect(popup(page).get_by_test_id("message")).to_have_attribute("data-status", "sent")
    assert errors == []
