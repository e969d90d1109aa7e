"""The link to the team's apps on the screen: the inbox says how it is doing, a visitor hears of it when it matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import parts
from tests.browser.people import Desk, Shop, Visitor
from tests.link.cloud import Cloud
from tests.link.conftest import LinkedServer, link_of

NOBODY = "Nobody of the team can be reached right now."


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with parts.closing(Cloud()) as stand_in:
        yield stand_in


@pytest.fixture
def linked(redis_server: parts.RedisServer, cloud: Cloud, tmp_path: Path) -> Iterator[LinkedServer]:
    place = redis_server.database(), f"sqlite:///{tmp_path}/chat.db"
    settings = {"MESIBO_LINK": "sdk", "MESIBO_ACCESS_TOKEN": cloud.token, "MESIBO_SINGLE_USER": "1"}
    with parts.closing(LinkedServer(*place, **settings, POPUP_DESTINATION_USER="me")) as chat:
        yield chat


def test_the_inbox_says_how_the_link_is_and_a_visitor_hears_of_it_only_when_nobody_is_there(
    linked: LinkedServer,
    cloud: Cloud,
    new_visitor: Callable[..., Visitor],
    new_desk: Callable[[parts.ChatServer], Callable[[], Desk]],
) -> None:
    parts.wait_for(lambda: link_of(linked)["state"] == "online", "the link to be online")
    with parts.closing(Shop(linked.url)) as shop:
        visitor = new_visitor(shop)
        tabs = [visitor.tab().open(), visitor.tab().connected()]
        desk = new_desk(linked)()
        for tab in tabs:
            expect(tab.heading).to_contain_text("Online")
        line = desk.page.get_by_test_id("link")
        expect(line).to_have_text("mesibo is connected")

        cloud.tell("status", status=3, address="")
        expect(line).to_have_attribute("data-state", "offline")
        expect(line).to_contain_text("somebody else has signed in as this mesibo user")
        desk.page.reload()
        expect(line).to_contain_text("somebody else has signed in as this mesibo user")
        for tab in tabs:
            words = tab.popup.get_by_test_id("link")
            expect(words).to_have_attribute("data-state", "offline")
            expect(words).not_to_be_visible()  # somebody is in the inbox
        desk.page.close()
        for tab in tabs:
            expect(tab.popup.get_by_text(NOBODY)).to_be_visible(timeout=15_000)
        expect(visitor.tab().connected().popup.get_by_text(NOBODY)).to_be_visible()  # also on a page that is loaded now

        cloud.tell("status", status=1, address="popup")
        for tab in tabs:
            expect(tab.popup.get_by_text(NOBODY)).to_have_count(0)
