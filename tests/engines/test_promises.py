"""What is promised in Chromium holds in Firefox and in WebKit: a short list, from a stranger's page to the inbox."""

from __future__ import annotations

from pathlib import Path

from tests import api, services
from tests.browser.sites import Site
from tests.engines.firefox import Firefox
from tests.engines.people import Browser, Inbox, Tab


def sign_in(browser: Browser, chat: services.ChatServer) -> Inbox:
    browser.set_cookie(chat.url, "chat_inbox", api.agent(chat).headers["Cookie"].partition("=")[2])
    inbox = Inbox(browser.open(f"{chat.url}/inbox"))
    inbox.connected()
    return inbox


def test_a_visitor_and_an_agent_talk_over_tabs_that_close_and_a_server_that_goes_and_comes(
    other_browser: Browser, chat: services.ChatServer, site: Site, tmp_path: Path
) -> None:
    leader = Tab(other_browser.open(site.url)).open()
    leader.write("hello\n")
    leader.shows("hello")
    second = Tab(other_browser.open(site.url))  # it is open, as in the first
    second.connected()
    second.shows("hello")

    inbox = sign_in(other_browser, chat)
    inbox.open_first()
    inbox.shows("hello")
    inbox.write("good morning\n")
    sent = ["hello", "good morning"]
    for tab in (leader, second, inbox):
        tab.shows(*sent)

    leader.page.close()  # the one that had the stream
    inbox.write("still there?\n")
    sent.append("still there?")
    second.shows(*sent)

    second.write("half a sent")
    third = Tab(other_browser.open(site.url))
    third.connected()
    third.written("half a sent")
    second.write("ence\n")
    sent.append("half a sentence")
    third.shows(*sent)

    chat.stop()
    second.state("offline")
    second.write("written offline\n")
    chat.start()
    sent.append("written offline")
    for tab in (second, third, inbox):
        tab.connected()
        tab.shows(*sent)

    file = tmp_path / "notes.txt"
    file.write_text("some notes")
    second.page.attach(file, framed=True)
    second.click("[data-testid=send]:enabled")
    has_file = "() => Boolean(document.querySelector('[data-kind=file] [data-testid=file]'))"
    for tab in (second, inbox):
        tab.until(has_file, "the file")

    inbox.write("שלום, מה שלומך?\n")
    right_to_left = """() => [...document.querySelectorAll('[data-testid=message] .body')].some(
        (it) => it.textContent.includes('שלום') && getComputedStyle(it).direction === 'rtl')"""
    second.until(right_to_left, "a message from right to left")


def test_firefox_sends_a_voice_note(firefox: Firefox, site: Site) -> None:
    tab = Tab(firefox.open(site.url)).open()
    tab.click("[data-testid=record]")
    tab.until("() => /0:0[1-9]/.test(document.querySelector('.recording-time')?.textContent)", "a second of sound")
    tab.click("[data-testid=record-stop]")
    tab.click("[data-testid=send]:enabled")
    sent = "() => document.querySelector('[data-testid=message][data-kind=audio]')?.dataset.status === 'sent'"
    tab.until(sent, "the voice note")
