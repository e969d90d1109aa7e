"""What a message can carry, seen by both sides: in a frame of another site, with devices that Chromium makes up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Playwright, expect

from tests import services
from tests.browser.conftest import FLAGS, SHELL
from tests.browser.people import ChatPage, Inbox, Tab, Visitor
from tests.web import hostile


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium that plays what nobody has clicked on."""
    flags = [*FLAGS, "--autoplay-policy=no-user-gesture-required"]
    browser = playwright.chromium.launch(executable_path=SHELL, args=flags)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("to-send")
    for name, size, color in (("red.jpg", (800, 600), "red"), ("green.png", (300, 900), "green")):
        Image.new("RGB", size, color).save(folder / name)
    (folder / "offer.pdf").write_bytes(b"%PDF-1.7\n" + b"0" * 2000)
    (folder / "large.bin").write_bytes(b"\0" * (26 * 1024**2))
    (folder / "several.bin").write_bytes(bytes(range(256)) * 16 * 1024)  # 4 MB
    return folder


class Pair:
    """A visitor and an agent who talk."""

    def __init__(self, visitor: Visitor, inbox: Inbox):
        self.tab = visitor.tab().open()
        self.tab.send("hello")
        self.tab.shows("hello")
        self.other = visitor.tab().connected()
        self.inbox = inbox
        inbox.open(self.tab)
        self.chat_pages: list[ChatPage] = [self.tab, self.other, inbox]

    def all_have(self, test_id: str, count: int = 1) -> None:
        """Everybody has got so many of these, from the server."""
        for chat_page in self.chat_pages:
            expect(settled(chat_page).get_by_test_id(test_id)).to_have_count(count, timeout=15_000)


def settled(chat_page: ChatPage) -> Locator:
    return chat_page.document.locator("[data-testid=message][data-seq]")


def attach(chat_page: ChatPage, *paths: Path) -> None:
    chat_page.bring_to_front()
    chat_page.document.get_by_test_id("file-input").set_input_files(list(paths))
    expect(chat_page.document.locator("#tray > li")).to_have_count(len(paths))


def send(chat_page: ChatPage) -> None:
    chat_page.document.get_by_test_id("send" if isinstance(chat_page, Tab) else "reply-send").click()


def loaded(image: Locator) -> None:
    """The picture has come, at the size that was kept free for it."""
    expect(image).to_be_visible()
    assert image.evaluate("(it) => it.decode().then(() => it.naturalWidth > 0)")


@pytest.fixture
def pair(visitor: Visitor, inbox: Inbox) -> Pair:
    return Pair(visitor, inbox)


def test_several_files_with_a_few_words_arrive_in_order_in_every_tab(pair: Pair, files: Path) -> None:
    attach(pair.tab, files / "red.jpg", files / "green.png", files / "offer.pdf")
    pair.tab.composer.fill("as promised")
    send(pair.tab)
    pair.all_have("image", 2)
    pair.all_have("file")
    for chat_page in pair.chat_pages:
        chat_page.shows("hello", "as promised", "", "")
        kinds = chat_page.messages.evaluate_all("(all) => all.map((it) => it.dataset.kind)")
        assert kinds == ["text", "image", "image", "file"]
        loaded(chat_page.document.get_by_test_id("image").first)
        expect(chat_page.document.get_by_test_id("file")).to_contain_text("offer.pdf")
        expect(chat_page.document.get_by_test_id("file")).to_contain_text("PDF · 2 KB")
    expect(pair.tab.document.locator("#tray > li")).to_have_count(0)
    expect(pair.inbox.entry(pair.tab.name)).to_contain_text("offer.pdf")


def test_the_viewer_goes_from_picture_to_picture(pair: Pair, files: Path) -> None:
    attach(pair.inbox, files / "red.jpg", files / "green.png")
    send(pair.inbox)
    pair.all_have("image", 2)
    tab = pair.tab
    tab.bring_to_front()
    tab.document.get_by_test_id("image").first.click()
    viewer = tab.document.locator(".viewer")
    expect(viewer).to_contain_text("red.jpg")
    viewer.press("ArrowRight")
    expect(viewer).to_contain_text("green.png")
    viewer.get_by_role("button", name="Zoom in").click()
    expect(viewer.locator("img")).to_have_css("transform", re.compile("matrix\\(1.5"))
    with tab.page.expect_download() as download:
        viewer.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "green.png"
    viewer.press("Escape")
    expect(viewer).not_to_be_visible()
    expect(tab.frame).to_be_visible()


def drop(chat_page: ChatPage, name: str, target: str = "#messages") -> None:
    """Drop a small picture onto the conversation."""
    chat_page.document.locator(target).evaluate(
        """async (element, name) => {
          const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
          canvas.getContext("2d").fillRect(0, 0, 60, 40);
          const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([blob], name, { type: "image/png" }));
          for (const type of ["dragover", "drop"])
            element.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
          const paste = new ClipboardEvent("paste", { clipboardData: dataTransfer, bubbles: true, cancelable: true });
          document.getElementById("composer-text").dispatchEvent(paste);
        }""",
        name,
    )


def test_pictures_are_dropped_and_pasted_and_can_be_taken_out_again(pair: Pair) -> None:
    drop(pair.tab, "dropped.png")
    tray = pair.tab.document.locator("#tray > li")
    expect(tray).to_have_count(2)
    pair.tab.bring_to_front()
    tray.first.get_by_role("button", name="Remove dropped.png").click()
    expect(tray).to_have_count(1)
    send(pair.tab)
    pair.all_have("image")


def test_what_is_too_large_is_refused_before_anything_leaves(pair: Pair, files: Path) -> None:
    pair.tab.document.get_by_test_id("file-input").set_input_files(files / "large.bin")
    note = pair.tab.document.locator("#composer-note")
    expect(note).to_have_text("“large.bin” has 26.0 MB; a file may have 25.0 MB at most.")
    expect(pair.tab.document.locator("#tray > li")).to_have_count(0)
    expect(pair.tab.document.get_by_test_id("send")).to_be_disabled()


def test_a_file_that_is_not_taken_says_why_and_can_be_discarded(pair: Pair, files: Path) -> None:
    (files / "trap.png").write_bytes(hostile.REFUSED["pixels.png"]())
    attach(pair.tab, files / "trap.png")
    send(pair.tab)
    waiting = pair.tab.document.locator("[data-testid=message][data-status=failed]")
    expect(waiting).to_contain_text("at most 100 megapixels can be sent")
    pair.tab.bring_to_front()
    waiting.get_by_role("button", name="Discard").click()
    pair.inbox.reply("What was it?")
    for chat_page in pair.chat_pages:
        chat_page.shows("hello", "What was it?")


def test_a_picture_is_answered_and_reacted_to_like_any_message(pair: Pair, files: Path) -> None:
    attach(pair.tab, files / "red.jpg")
    send(pair.tab)
    pair.all_have("image")
    pair.inbox.menu(pair.inbox.messages.last).get_by_role("button", name="Reply").click()
    expect(pair.inbox.document.locator("#composer-context")).to_contain_text("Photo")
    pair.inbox.send("A nice red")
    for chat_page in pair.chat_pages:
        expect(chat_page.message("A nice red").locator(".quote span")).to_have_text("Photo")
    pair.inbox.menu(pair.inbox.messages.nth(1)).get_by_role("button", name="👍").click()
    for chat_page in pair.chat_pages:
        expect(chat_page.messages.nth(1).locator(".reaction")).to_have_count(1)
        expect(chat_page.message("A nice red").locator(".quote span")).to_have_text("Photo")


def cut_after(browser: BrowserContext, pieces: int) -> None:
    """Let the network fail in the middle of an upload."""
    seen = 0

    def route(route: object) -> None:
        nonlocal seen
        seen += route.request.method == "PATCH"  # type: ignore[attr-defined]
        if seen > pieces:
            browser.set_offline(True)
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    browser.route("**/w/uploads/**", route)


def test_an_upload_that_loses_the_network_half_way_goes_on_from_there(pair: Pair, files: Path) -> None:
    tab = pair.tab
    attach(tab, files / "several.bin")
    pieces: list[int] = []
    browser = tab.page.context  # once the network is back, either of its tabs may go on
    browser.on("request", lambda it: pieces.append(1) if it.method == "PATCH" else None)
    cut_after(browser, 2)
    send(tab)
    waiting = tab.document.locator("[data-testid=message]:not([data-seq])")
    expect(waiting).to_have_attribute("data-waiting", "", timeout=15_000)
    browser.unroute("**/w/uploads/**")
    sent = len(pieces)
    browser.set_offline(False)
    pair.all_have("file")
    expect(pair.inbox.document.get_by_test_id("file")).to_contain_text("4.0 MB")
    # Five pieces in all, of which the first two were not sent again; one was cut.
    assert sent == 3
    assert len(pieces) - sent == 3


LOSE_ONE_ANSWER = """() => {
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (body) {
    XMLHttpRequest.prototype.send = send;
    this.onload = this.onerror;
    send.call(this, body);
  };
}"""
"""The server takes the next piece, and the network fails before it can say so."""


def test_an_upload_whose_last_answer_was_lost_arrives(pair: Pair, files: Path) -> None:
    pair.other.page.close()
    pair.chat_pages = [pair.tab, pair.inbox]
    attach(pair.tab, files / "red.jpg")
    pair.tab.document.locator("body").evaluate(LOSE_ONE_ANSWER)
    send(pair.tab)
    pair.all_have("image")


EXPIRE = r"""(link) => (link.href = link.href.replace(/\/\d{10}(?=\/|$)/, "/1000000000"))"""
"""As on a page that has been open since the day before yesterday."""


def test_the_viewer_shows_an_image_whose_address_has_expired(pair: Pair, files: Path) -> None:
    attach(pair.tab, files / "red.jpg")
    send(pair.tab)
    pair.all_have("image")
    link = pair.inbox.document.locator("#messages a[data-act=view]")
    link.evaluate(EXPIRE)
    pair.inbox.bring_to_front()
    link.click()
    viewer = pair.inbox.document.get_by_role("dialog", name="Picture")
    image = viewer.get_by_role("img")
    expect(image).to_have_js_property("naturalWidth", 800)
    download = viewer.get_by_role("link", name="Download")
    download.evaluate(EXPIRE)
    with pair.inbox.page.expect_download() as saved:
        download.click()
    assert saved.value.suggested_filename == "red.jpg"


def test_a_file_survives_a_reload_and_can_be_given_up(pair: Pair, files: Path) -> None:
    tab = pair.tab
    pair.other.page.close()
    pair.chat_pages = [tab, pair.inbox]
    attach(tab, files / "several.bin")
    tab.page.route("**/w/uploads/**", lambda route: route.abort())
    send(tab)
    expect(tab.document.get_by_test_id("upload-progress")).to_have_count(1)
    expect(tab.document.locator("[data-status=failed]")).to_have_count(1)
    tab.page.unroute("**/w/uploads/**")
    tab.page.reload()
    pair.all_have("file")
    attach(tab, files / "red.jpg")
    tab.page.route("**/w/uploads/**", lambda route: None)  # never answers
    send(tab)
    waiting = tab.document.locator("[data-testid=message]:not([data-seq])")
    expect(waiting.get_by_test_id("upload-progress")).to_be_visible()
    tab.bring_to_front()
    waiting.get_by_role("button", name="Cancel").click()
    expect(waiting).to_have_count(0)
    tab.page.unroute("**/w/uploads/**")
    tab.send("never mind")
    pair.inbox.shows("hello", "", "never mind")


def test_a_voice_note_is_recorded_and_heard_in_the_inbox_with_its_true_length(pair: Pair) -> None:
    tab = pair.tab
    tab.bring_to_front()
    tab.document.get_by_test_id("record").click()
    expect(tab.document.locator(".recording-time")).to_have_text("0:02", timeout=15_000)
    tab.document.get_by_test_id("record-stop").click()
    expect(tab.document.locator("#tray .audio")).to_be_visible()
    send(tab)
    pair.all_have("audio")
    note = settled(pair.inbox).get_by_test_id("audio")
    length = float(str(note.get_attribute("data-duration")))
    assert 1.5 < length < 5
    expect(note.locator(".clock")).to_have_text(re.compile("0:0[2-5]"))
    assert note.locator(".track path").first.get_attribute("d").count("M") == 48  # type: ignore[union-attr]
    pair.inbox.bring_to_front()
    expect(pair.inbox.entry(tab.name)).to_contain_text(re.compile(r"Voice note \(0:0[2-5]\)"))
    note.get_by_role("button", name="Play").click()
    expect(note).to_have_attribute("data-playing", "")
    expect(note.locator(".clock")).to_have_text("0:01", timeout=15_000)
    note.get_by_role("button", name="Speed").click()
    expect(note.get_by_role("button", name="Speed")).to_have_text("1.5×")
    expect(note).not_to_have_attribute("data-playing", "", timeout=15_000)  # it has come to its end
    note.get_by_role("slider").fill("500")
    expect(note.locator(".clock")).to_have_text(re.compile("0:0[12]"))


def test_closing_the_popup_ends_the_recording_and_keeps_the_note_unsent(pair: Pair) -> None:
    tab = pair.tab
    tab.document.locator("body").evaluate(
        """() => {
          const { mediaDevices } = navigator, ask = mediaDevices.getUserMedia.bind(mediaDevices);
          mediaDevices.getUserMedia = async (wanted) => (globalThis.microphone = await ask(wanted));
        }"""
    )
    tab.document.get_by_test_id("record").click()
    expect(tab.document.locator(".recording-time")).to_have_text("0:01", timeout=15_000)
    tab.close_popup()
    ended = "() => globalThis.microphone.getTracks().every((it) => it.readyState === 'ended')"
    services.wait_for(lambda: tab.document.locator("body").evaluate(ended), "the microphone to be off")
    tab.open_popup()
    expect(tab.document.locator("#composer-note")).to_contain_text("stopped when the chat was closed")
    expect(tab.document.locator("#tray > li")).to_have_count(1)
    send(tab)
    pair.all_have("audio")


def test_a_recording_is_thrown_away_by_escape_and_by_sliding_away_and_locked_by_sliding_up(pair: Pair) -> None:
    tab = pair.tab
    record, recording = tab.document.get_by_test_id("record"), tab.document.locator(".recording")
    tray = tab.document.locator("#tray > li")
    record.press("Enter")
    expect(recording).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(recording).to_have_count(0)
    expect(tray).to_have_count(0)
    expect(tab.frame).to_be_visible()  # it closed nothing else
    box = record.bounding_box()
    assert box is not None
    x, y = box["x"] + 10, box["y"] + 10
    for to, count in (((x - 120, y), 0), ((x, y - 90), 1)):
        tab.page.mouse.move(x, y)
        tab.page.mouse.down()
        expect(recording).to_have_attribute("data-held", "")
        expect(recording.locator(".recording-time")).to_have_text("0:01", timeout=10_000)
        tab.page.mouse.move(*to, steps=4)
        if count:
            expect(recording).not_to_have_attribute("data-held", "")
            tab.page.mouse.up()
            expect(recording).to_be_visible()
            tab.document.get_by_test_id("record-stop").click()
        else:
            tab.page.mouse.up()
        expect(recording).to_have_count(0)
        expect(tray).to_have_count(count)


def test_a_photo_is_taken_again_and_sent(pair: Pair) -> None:
    tab = pair.tab
    tab.bring_to_front()
    tab.document.get_by_test_id("camera").click()
    live = tab.document.locator(".camera-live")
    expect(live).to_have_attribute("data-mirrored", "")
    expect(live).to_have_js_property("paused", False)
    tab.document.get_by_role("button", name="Mirror").click()
    expect(live).not_to_have_attribute("data-mirrored", "")
    tab.document.get_by_test_id("shutter").click()
    expect(tab.document.locator("#tray > li img")).to_have_count(1)
    tab.document.get_by_role("button", name="Retake").click()
    expect(tab.document.locator("#tray > li")).to_have_count(0)
    tab.document.get_by_role("button", name="Wait three seconds").click()
    tab.document.get_by_test_id("shutter").click()
    expect(tab.document.locator(".camera-count")).to_have_text("3")
    expect(tab.document.locator("#tray > li img")).to_have_count(1)
    tab.composer.fill("me")
    send(tab)
    expect(tab.document.locator(".camera")).to_have_count(0)
    pair.all_have("image")
    loaded(pair.inbox.document.get_by_test_id("image"))


def test_a_clip_is_recorded_and_plays_in_the_inbox(pair: Pair) -> None:
    tab = pair.tab
    tab.bring_to_front()
    tab.document.get_by_test_id("camera").click()
    tab.document.get_by_role("button", name="Record a clip").click()
    expect(tab.document.locator(".camera-count")).to_have_text("0:01", timeout=15_000)
    tab.document.get_by_test_id("shutter").click()
    expect(tab.document.locator("#tray > li video")).to_have_count(1)
    expect(tab.document.get_by_test_id("send")).to_be_enabled(timeout=10_000)
    send(tab)
    pair.all_have("video")
    video = settled(pair.inbox).get_by_test_id("video")
    assert video.get_attribute("poster")
    assert video.evaluate("(it) => it.play().then(() => it.videoWidth)") > 0
    expect(pair.inbox.entry(tab.name)).to_contain_text("Video")


@pytest.fixture
def bare(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    """A browser whose owner allows nothing."""
    context = new_context()
    context.add_init_script(
        """if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = async () => {
             throw new DOMException("", globalThis.none ? "NotFoundError" : "NotAllowedError");
           }"""
    )
    return context


def test_without_leave_one_sentence_says_what_to_do_and_a_file_can_be_chosen(
    bare: BrowserContext, shop: object, chat: services.ChatServer
) -> None:
    tab = Visitor(bare, shop.url).tab().open()  # type: ignore[attr-defined]
    for button, words in (("camera", "The camera is blocked."), ("record", "The microphone is blocked.")):
        tab.document.get_by_test_id(button).click()
        expect(tab.document.get_by_role("alert").filter(has_text=words)).to_be_visible()
        note = tab.document.locator(".file-instead", has_text=words)
        assert note.locator("input[capture]").count() == 1
        expect(note.get_by_role("button", name="Choose")).to_be_visible()
        note.get_by_role("button", name="Close").click()
