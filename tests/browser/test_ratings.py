"""The question how it was: answered in the popup, also on a phone, and then known in both tabs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests import api, services
from tests.browser.people import Visitor
from tests.web import team_setup

PHONE = {"width": 390, "height": 740}


@pytest.fixture
def owner(chat: services.ChatServer) -> Iterator[api.Person]:
    """An owner, in whose deployment visitors are asked for the time of this test."""
    found = team_setup.agent(chat, "Olga", role="owner")
    assert found.post("/inbox/settings/numbers/ratings", json={"ask": "1"}).ok
    yield found
    found.post("/inbox/settings/numbers/ratings", json={"ask": "0"})


def test_a_visitor_says_how_it_was_and_sees_all_that_they_are_asked(
    owner: api.Person, new_visitor: Callable[..., Visitor]
) -> None:
    visitor = new_visitor(viewport=PHONE, has_touch=True)
    tab = visitor.tab().open()
    for text in ("my pot is broken", "it has a crack", "from top to bottom", "what can be done?"):
        tab.send(text)
    tab.shows("my pot is broken", "it has a crack", "from top to bottom", "what can be done?")
    where = str(tab.message("my pot is broken").get_attribute("data-conversation"))
    owner.send("we send a new one", where)
    other = visitor.tab().connected()
    team_setup.change(owner, where, status="resolved")
    question = tab.document.get_by_test_id("rating")
    tab.bring_to_front()
    question.get_by_label("Good", exact=True).tap()
    send = question.get_by_role("button", name="Send rating")
    expect(send).to_be_in_viewport(ratio=1)
    question.get_by_role("textbox").fill("quick!")
    send.tap()
    for it in (tab, other):
        expect(it.messages.last).to_contain_text("Rated: Good")
