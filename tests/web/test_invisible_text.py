"""What nobody can see in messages, names, titles: it goes, wherever it comes in, and only-invisible is nothing."""

from __future__ import annotations

import pytest

from tests import api, services
from tests.unit.invisible import LINES, TEXTS
from tests.web import group_setup
from tests.web.message_requests import react

pytestmark = pytest.mark.any_database


def test_a_message_keeps_what_can_be_seen(visitor: api.Person) -> None:
    conversation = visitor.conversation
    for given, kept in TEXTS[:24]:
        answer = visitor.send(given, conversation)
        assert (answer.status_code, answer.json().get("body", "")) == (201 if kept else 422, kept), ascii(given)


@pytest.mark.parametrize(("given", "shown"), [it for it in LINES if it[1]])
def test_a_name_and_a_title_are_one_line(server: services.ChatServer, given: str, shown: str) -> None:
    ada = api.visitor(server.url, name=given)
    assert ada.post("/w/session", json={}).json()["user"]["name"] == shown
    group = ada.post("/w/groups", json={"title": given}).json()
    assert group["title"] == shown


@pytest.mark.parametrize("name", ["   ", "\u200b", "\u3164", "\x1b[0m"])
def test_a_visitor_whose_name_cannot_be_seen_has_none(server: services.ChatServer, name: str) -> None:
    ada = api.visitor(server.url, name=name)
    assert ada.post("/w/session", json={"name": name}).json()["user"]["name"].startswith("Visitor ")


def test_an_emoji_with_and_without_its_selector_is_one_reaction(ada: api.Person, bob: api.Person) -> None:
    group = group_setup.group(ada, bob)
    message = ada.send("hello", group).json()
    react(ada, message, "❤")
    seen = react(bob, message, "❤\ufe0f").json()["reactions"]
    assert [(it["emoji"], it["count"], it["mine"]) for it in seen] == [("❤\ufe0f", 2, True)]
