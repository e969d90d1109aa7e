"""Pages that the loader's makers have never seen: how they load it, what they forbid, what they do to it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, Route, expect

from tests import services
from tests.browser.people import Inbox, Visitor
from tests.browser.sites import Site

FAILURE = "The chat cannot be shown on this page."


@pytest.fixture
def errors(visitor: Visitor) -> list[str]:
    """What pages of the visitor's have thrown."""
    thrown: list[str] = []
    visitor.context.on("weberror", lambda it: thrown.append(str(it.error)))
    return thrown


@pytest.fixture
def page_with(visitor: Visitor, chat: services.ChatServer) -> Iterator[Callable[..., Page]]:
    """Opens a page of a site of its own; WIDGET stands for the script's address, SCRIPT for the tag."""
    with contextlib.ExitStack() as sites:

        def open_page(html: str, **headers: str) -> Page:
            html = html.replace("SCRIPT", '<script src="WIDGET" data-name="Ann" async></script>')
            html = html.replace("WIDGET", f"{chat.url}/widget.js").replace("CHAT", chat.url)
            named = {name.replace("_", "-"): value.replace("CHAT", chat.url) for name, value in headers.items()}
            site = sites.enter_context(services.closing(Site(html, named)))
            page = visitor.context.new_page()
            page.goto(site.url)
            return page

        yield open_page


def popup(page: Page) -> FrameLocator:
    return page.frame_locator("[data-testid=popup]")


def connected(page: Page) -> None:
    expect(popup(page).get_by_test_id("connection")).to_have_attribute("data-state", "online", timeout=15_000)


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


def not_allowed(route: Route) -> None:
    """What the server answers to a page whose origin is not in ALLOWED_ORIGINS."""
    answer = route.fetch()
    policy = answer.headers["content-security-policy"].replace(
        "frame-ancestors 'self' *", "frame-ancestors https://a.test"
    )
    assert "a.test" in policy
    route.fulfill(response=answer, headers=answer.headers | {"content-security-policy": policy})


def without_cross_origin_headers(route: Route) -> None:
    answer = route.fetch()
    kept = {name: value for name, value in answer.headers.items() if not name.startswith("cross-origin-")}
    route.fulfill(response=answer, headers=kept)


UNABLE: dict[str, tuple[str, dict[str, str], Callable[[Route], None] | None]] = {
    "a policy without frames": ("popup-blocked", {"Content_Security_Policy": "frame-src 'none'"}, None),
    "a sandbox": ("sandboxed", {"Content_Security_Policy": "sandbox allow-scripts allow-popups"}, None),
    "an origin that is not allowed": ("popup-blocked", {}, not_allowed),
    "a browser that blocks frames of others": ("popup-blocked", {}, lambda route: route.abort()),
    "an isolated page and a proxy that takes our headers away": (
        *("popup-blocked", {"Cross_Origin_Embedder_Policy": "require-corp"}),
        without_cross_origin_headers,
    ),
    "a server that does not answer": ("popup-blocked", {}, lambda _: None),
}


@pytest.mark.parametrize("where", UNABLE)
def test_where_the_popup_cannot_start_it_says_so_within_three_seconds_and_offers_a_way_out(
    page_with: Callable[..., Page], where: str, errors: list[str]
) -> None:
    code, headers, change = UNABLE[where]
    page = page_with(
        "<script>addEventListener('chatpopup:error', (it) => codes.push(it.detail.code));"
        "window.codes = []</script><meta name=color-scheme content='light dark'>SCRIPT",
        **headers,
    )
    if change:
        page.route("**/popup*", change)  # in this page's frames, not in the window
    page.get_by_test_id("launcher").click()
    failure = page.get_by_test_id("failure")
    expect(failure).to_contain_text(FAILURE, timeout=3_500)
    page.emulate_media(color_scheme="dark")  # the sentence has the colour of the page's words
    look = failure.evaluate("(it) => [getComputedStyle(it).color, getComputedStyle(it).backgroundColor]")
    assert look[0] != look[1]
    expect(page.get_by_test_id("popup")).not_to_be_visible()
    assert page.evaluate("() => codes") == [code]
    with page.expect_popup() as opened:
        failure.get_by_role("link").click()
    if code == "popup-blocked":
        expect(opened.value.get_by_test_id("composer")).to_be_editable()
        expect(opened.value.get_by_test_id("connection")).to_have_attribute("data-state", "online", timeout=15_000)
    else:  # the sandbox is around that window as well
        expect(opened.value.get_by_text("please copy the address")).to_be_visible()
    page.get_by_test_id("launcher").click()
    expect(failure).to_have_count(0)
    assert errors == []


def test_a_chat_whose_server_is_away_says_so_and_comes_back(
    own_chat: services.ChatServer, new_context: Callable[..., BrowserContext]
) -> None:
    with services.closing(Site(f'<script src="{own_chat.url}/widget.js"></script>')) as site:
        page = new_context().new_page()
        page.goto(site.url)
        own_chat.stop()
        page.get_by_test_id("launcher").click()
        expect(page.get_by_test_id("failure")).to_contain_text(FAILURE, timeout=3_500)
        own_chat.start()
        page.get_by_test_id("launcher").click()
        page.get_by_test_id("launcher").click()
        connected(page)
        expect(page.get_by_test_id("failure")).to_have_count(0)


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


def test_escape_closes_the_chat_only_where_it_is_meant_for_it(page_with: Callable[..., Page]) -> None:
    page = page_with("<!doctype html><dialog><input id=own></dialog>SCRIPT")
    launcher, frame = page.get_by_test_id("launcher"), page.get_by_test_id("popup")
    launcher.click()
    connected(page)
    page.evaluate("() => document.querySelector('dialog').showModal()")
    page.locator("#own").focus()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()
    expect(frame).to_be_visible()
    composer = popup(page).get_by_test_id("composer")
    composer.fill("ni hao")
    # Safari's last key of a composition, and Chromium's Escape within one.
    for options in ({"key": "Enter", "keyCode": 229}, {"key": "Escape", "keyCode": 229}):
        composer.evaluate(
            "(it, options) => it.dispatchEvent(new KeyboardEvent('keydown', "
            "{ bubbles: true, cancelable: true, ...options }))",
            options,
        )
    composer.evaluate("(it) => { it.addEventListener('keydown', (event) => event.preventDefault(), { once: true }); }")
    composer.press("Escape")
    expect(composer).to_have_value("ni hao")
    expect(popup(page).get_by_test_id("message")).to_have_count(0)
    expect(frame).to_be_visible()
    composer.press("Escape")
    expect(frame).not_to_be_visible()
    launcher.click()
    launcher.focus()
    page.keyboard.press("Escape")
    expect(frame).not_to_be_visible()


@pytest.mark.parametrize("opener", ["same-origin", "unsafe-none"])
def test_a_popped_out_window_goes_on_as_the_same_visitor_also_cut_off_from_its_page_and_never_begins_another(
    page_with: Callable[..., Page], opener: str
) -> None:
    page = page_with("<!doctype html>SCRIPT", Cross_Origin_Opener_Policy=opener)
    page.get_by_test_id("launcher").click()
    connected(page)
    popup(page).get_by_test_id("composer").fill("in the page")
    popup(page).get_by_test_id("composer").press("Enter")
    expect(popup(page).get_by_test_id("message")).to_have_attribute("data-status", "sent")
    page.evaluate("() => { window.really = open; window.open = () => null; ChatPopup.popout(); }")
    expect(popup(page).locator("#composer-note")).to_contain_text("The browser has blocked the window.")
    expect(page.get_by_test_id("popup")).to_be_visible()
    with page.context.expect_page() as opened:
        page.evaluate("() => { window.open = really; ChatPopup.popout(); }")
    window = opened.value
    expect(window.get_by_test_id("message")).to_contain_text("in the page")
    expect(page.get_by_test_id("popup")).not_to_be_visible()
    # The ticket is spent, and the token is kept for this window alone.
    assert window.evaluate("() => [location.hash, localStorage.token]") == ["#popout", None]
    window.reload()
    expect(window.get_by_test_id("message")).to_contain_text("in the page")
    page.evaluate("() => ChatPopup.reset()")
    expect(window.get_by_role("alert")).to_contain_text("Please go on in the page")
    expect(window.get_by_role("link", name="Back to the page")).to_have_attribute("href", page.url)
    expect(window.get_by_test_id("composer")).not_to_be_visible()
    window.reload()
    expect(window.get_by_role("alert")).to_contain_text("Please go on in the page")


STRANGER = """<!doctype html><script>
  window.heard = [];
  const offer = (to) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data: { type } }) => {
      heard.push(type);
      const session = { type: "session", token: "theirs", profile: {}, page: location.href };
      port1.postMessage(type === "get-session" ? session : { type: "session-saved" });
    };
    to.postMessage({ chatpopup: "port", open: true, focus: true }, "*", [port2]);
  };
  addEventListener("message", ({ source }) => offer(source));
  const trap = (hash) => {
    const chat = open("CHAT/popup" + hash);
    setInterval(() => offer(chat), 50);
  };
</script>"""


def test_a_window_takes_no_token_from_the_page_that_has_opened_it_and_gives_it_none(
    page_with: Callable[..., Page],
) -> None:
    page = page_with(STRANGER)
    for fragment in ("", "#popout", "#popout=made-up"):
        with page.context.expect_page() as opened:
            page.evaluate("(it) => trap(it)", fragment)
        if fragment:
            expect(opened.value.get_by_role("alert")).to_contain_text("Please go on in the page")
        else:
            expect(opened.value.get_by_test_id("connection")).to_have_attribute("data-state", "online")
            assert opened.value.evaluate("() => JSON.parse(localStorage.token).length") > len("theirs")
    assert page.evaluate("() => heard") == []


def test_on_a_low_screen_the_chat_fills_it_and_a_wheel_over_its_header_does_not_scroll_the_page(
    page_with: Callable[..., Page],
) -> None:
    page = page_with("<!doctype html><body style='height: 9000px'>SCRIPT")
    page.get_by_test_id("launcher").click()
    connected(page)
    for place in ("header", "#composer"):
        popup(page).locator(place).first.hover(force=True, position={"x": 4, "y": 4})
        page.mouse.wheel(0, 400)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("() => scrollY") == 0
    page.set_viewport_size({"width": 844, "height": 390})
    services.wait_for(
        lambda: page.get_by_test_id("popup").bounding_box() == {"x": 0, "y": 0, "width": 844, "height": 390},
        "the whole screen",
    )


ODD_BROWSER = """
  Object.defineProperty(navigator, "language", { get: () => "C" });
  const Now = Date;
  globalThis.Date = class extends Now {
    constructor(...given) { super(...(given.length ? given : [Now.now() - 86_400_000])); }
    static now() { return Now.now() - 86_400_000; }
  };
"""


def test_a_language_that_intl_refuses_and_a_clock_that_is_a_day_slow_stop_nothing(
    visitor: Visitor, inbox: Inbox
) -> None:
    for context in (visitor.context, inbox.page.context):
        context.add_init_script(ODD_BROWSER)
    inbox.page.reload()
    inbox.connected()
    tab = visitor.tab().open()
    tab.page.evaluate("() => ChatPopup.setLocale('de_DE')")
    tab.send("hello")
    inbox.open(tab)
    inbox.reply("good morning")
    for chat_page in (tab, inbox):
        chat_page.shows("hello", "good morning")
        expect(chat_page.messages.last.locator("time").first).not_to_be_empty()
        day = chat_page.document.locator("[data-day]").first
        expect(day).not_to_be_empty()
        assert "morrow" not in day.inner_text()
        assert "orgen" not in day.inner_text()


def test_an_error_in_drawing_is_told_once_and_the_stream_goes_on(visitor: Visitor, inbox: Inbox) -> None:
    told: list[str] = []
    visitor.context.on("console", lambda it: told.append(it.text) if "drawing" in it.text else None)
    for context in (visitor.context, inbox.page.context):
        context.add_init_script("Intl.RelativeTimeFormat = function () { throw new RangeError('drawing'); }")
    inbox.page.reload()
    inbox.connected()
    tab = visitor.tab().open()
    tab.send("hello")
    inbox.open(tab)
    inbox.reply("good morning")
    tab.launcher.click()
    inbox.reply("are you there?")
    expect(tab.badge).to_have_text("1")
    for chat_page in (tab, inbox):
        chat_page.shows("hello", "good morning", "are you there?")
    assert len(told) == 1


def test_without_https_recording_the_camera_and_copying_say_why_they_cannot(visitor: Visitor) -> None:
    visitor.context.add_init_script("""
      Object.defineProperty(window, "isSecureContext", { value: false });
      for (const name of ["mediaDevices", "clipboard", "locks"])
        Object.defineProperty(navigator, name, { value: undefined });
    """)
    tab = visitor.tab().open()
    reason = tab.popup.get_by_role("alert").filter(has_text="secure page (https)")
    tab.popup.get_by_test_id("record").click()
    expect(reason).to_contain_text("Recording needs")
    tab.popup.get_by_test_id("camera").click()
    expect(reason).to_contain_text("The camera needs")
    tab.send("copy me")
    tab.shows("copy me")
    tab.menu("copy me").get_by_role("button", name="Copy text").click()
    expect(tab.sheet).to_contain_text("Copying needs a secure page (https)")


UNREADABLE = "() => { Blob.prototype.arrayBuffer = () => Promise.reject(new DOMException('', 'NotReadableError')); }"
DROP = """() => {
  const data = new DataTransfer();
  data.items.add(new File(["x"], "Holiday"));
  document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
}"""


def test_what_cannot_be_read_is_told_from_what_cannot_be_reached(visitor: Visitor) -> None:
    tab = visitor.tab().open()
    tab.popup.get_by_test_id("file-input").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"x"}
    )
    expect(tab.popup.get_by_test_id("send")).to_be_enabled()
    tab.popup.locator("body").evaluate(UNREADABLE)
    tab.popup.get_by_test_id("send").click()
    expect(tab.messages).to_contain_text("The file cannot be read any more")
    tab.popup.locator("body").evaluate(DROP)  # a folder looks like a file
    expect(tab.popup.locator("#composer-note")).to_contain_text("“Holiday” cannot be read.")
