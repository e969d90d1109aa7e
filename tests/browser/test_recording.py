"""Voice notes, photos and clips, with devices that Chromium makes up, in a frame of another site."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests import services
from tests.browser.attaching import Pair, loaded, send, settled
from tests.browser.people import Visitor


@pytest.fixture(scope="module")
def browser(playing_browser: Browser) -> Browser:
    return playing_browser


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


def test_a_recording_that_was_begun_by_a_click_goes_on_wherever_the_pointer_goes(pair: Pair) -> None:
    tab = pair.tab
    recording = tab.document.locator(".recording")
    record = tab.document.get_by_test_id("record")
    box = record.bounding_box()
    assert box is not None
    record.click()
    expect(recording).to_be_visible()
    tab.page.mouse.move(box["x"] - 150, box["y"] - 5, steps=4)
    expect(recording.locator(".recording-time")).to_have_text("0:01", timeout=10_000)
    tab.document.get_by_test_id("record-stop").click()
    expect(tab.document.locator("#tray > li")).to_have_count(1)


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
