"""What a link leads to is shown while it is written, can be left out, and reaches every tab."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests import api, services
from tests.browser.people import Inbox, Visitor
from tests.browser.sites import Shop
from tests.web.made_up_web import PreviewServer, Web, unique


@pytest.fixture(scope="module")
def preview_server(
    redis_server: services.RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PreviewServer]:
    """A chat for which there is one page on the web."""
    database = f"sqlite:///{tmp_path_factory.mktemp('previews')}/chat.db"
    with (
        services.closing(Web()) as web,
        services.closing(PreviewServer(redis_server.database(), database, TEST_PAGES_PORT=str(web.port))) as server,
    ):
        yield server


def test_a_link_is_shown_before_it_is_sent_and_with_the_message_in_every_tab(
    preview_server: PreviewServer,
    new_visitor: Callable[..., Visitor],
    new_inbox: Callable[[services.ChatServer], Callable[[], Inbox]],
) -> None:
    with services.closing(Shop(preview_server.url)) as shop:
        visitor = new_visitor(shop)
        one = visitor.tab().open()
        one.send("hello")
        one.shows("hello")
        two, inbox = visitor.tab().connected(), new_inbox(preview_server)()
        inbox.open(one)
        before = one.document.locator(".composer-preview")
        # Left out of one message …
        one.bring_to_front()
        one.composer.press_sequentially(f"see {unique('/teapot')}")
        expect(before).to_contain_text("A *blue* <b>teapot</b> & more")
        before.get_by_role("button", name="Leave the preview out").click()
        expect(before).not_to_be_visible()
        one.composer.press("Enter")
        expect(inbox.messages).to_have_count(2)
        # … and with the next one; of a third, sent before anybody knew, it is added later.
        one.composer.press_sequentially(f"and {unique('/teapot')}")
        expect(before.locator("img").last).to_be_visible()
        one.composer.press("Enter")
        expect(before).not_to_be_visible()
        inbox.send(f"or {unique('/plain')}")
        for chat_page in (one, two, inbox):
            expect(chat_page.messages).to_have_count(4)
            previews = chat_page.document.locator("#messages").get_by_test_id("preview")
            expect(previews).to_have_count(2, timeout=10_000)
            expect(previews.first).to_contain_text("For two.")
            expect(previews.last).to_contain_text("Grüße")
            expect(chat_page.messages.nth(1).get_by_test_id("preview")).to_have_count(0)
            picture = previews.first.locator(".image img").last
            assert picture.evaluate("(it) => it.decode().then(() => it.naturalWidth)") > 0


def test_an_address_that_held_for_a_day_is_replaced_by_a_fresh_one(
    preview_server: PreviewServer, new_inbox: Callable[[services.ChatServer], Callable[[], Inbox]]
) -> None:
    from tests.web import file_requests, hostile

    visitor = api.visitor(preview_server.url, name="Greta")
    file_requests.post(visitor, "a.png", hostile.picture("PNG", (300, 200)))
    file_requests.post(visitor, "words.txt", b"words")
    inbox = new_inbox(preview_server)()
    inbox.choose("Greta")
    fresh = inbox.document.get_by_test_id("image").get_attribute("src")
    # As on a page that has been open since the day before yesterday.
    inbox.page.evaluate(
        r"""() => {
          for (const it of document.querySelectorAll("[data-testid=image], a[download]")) {
            const name = it.src ? "src" : "href";
            it.setAttribute(name, it.getAttribute(name).replace(/\/\d{10}\//, "/1000000000/"));
          }
        }"""
    )
    expect(inbox.document.get_by_test_id("image")).to_have_attribute("src", str(fresh))
    with inbox.page.expect_download() as download:
        inbox.document.get_by_test_id("file").click()
    assert download.value.suggested_filename == "words.txt"
