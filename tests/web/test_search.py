"""Search: a message is found by any part of its text, and only where one may read it."""

from __future__ import annotations

from typing import Any

import pytest

from tests import api
from tests.web import group_setup
from tests.web.searching import found, search


def test_what_is_found_is_the_whole_message_and_where_it_stands(visitor: api.Person, agent: api.Person) -> None:
    message = visitor.send("I have bought a teapot, and it is blue").json()
    agent.send("A red teapot?", message["conversation"])
    newer, older = search(visitor, "teapot").json()["messages"]
    assert newer["body"] == "A red teapot?"
    assert group_setup.without_status(older) == group_setup.without_status(message) | {
        "title": "Support",
        "excerpt": ["I have bought a ", "teapot", ", and it is blue"],
    }


@pytest.mark.parametrize("text", ["teapot", "TEAPOT", "tEaPoT", "  Teapot  ", "a teapot", "apo"])
def test_case_and_surrounding_space_make_no_difference(text: str, visitor: api.Person) -> None:
    visitor.send("A Teapot, please")
    visitor.send("A cup, please")
    assert found(visitor, text) == ["A Teapot, please"]


@pytest.mark.parametrize(
    ("body", "text"),
    [("Ärger in der KÜCHE", "ärger"), ("Ärger in der KÜCHE", "küche"), ("Привет", "привет"), ("ΑΘΗΝΑ", "αθηνα")],
)
def test_case_makes_no_difference_in_any_script(body: str, text: str, visitor: api.Person) -> None:
    visitor.send(body)
    assert found(visitor, text) == [body]


def test_a_message_without_a_file_is_no_obstacle_in_any_script(visitor: api.Person) -> None:
    for message in ("Привет, чайник", "a cup", "schöner Tee"):
        visitor.send(message)
    assert found(visitor, "ЧАЙНИК") == ["Привет, чайник"]
    assert found(visitor, "SCHÖN") == ["schöner Tee"]
    assert found(visitor, "茶茶") == []


SPECIAL = ["100% sure", "1000 sure", "snake_case", "snakeXcase", "back\\slash", "back/slash", 'it\'s "quoted"', "[a-z]"]


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("0%", ["100% sure"]),
        ("%%", []),
        ("__", []),
        ("e_c", ["snake_case"]),
        ("k\\s", ["back\\slash"]),
        ("k/s", ["back/slash"]),
        ("\\%", []),
        ("t's \"q", ['it\'s "quoted"']),
        ("[a-z]", ["[a-z]"]),
    ],
)
def test_characters_that_mean_something_to_a_database_mean_themselves(
    text: str, bodies: list[str], visitor: api.Person
) -> None:
    for body in SPECIAL:
        visitor.send(body)
    assert found(visitor, text) == bodies


def test_the_newest_thirty_are_found_newest_first(visitor: api.Person) -> None:
    conversation = visitor.conversation
    for number in range(32):
        visitor.send(f"teapot {number}", conversation)
    assert found(visitor, "teapot") == [f"teapot {number}" for number in range(31, 1, -1)]


def test_everywhere_or_in_one_conversation(ada: api.Person, bob: api.Person) -> None:
    tea, coffee = group_setup.group(ada, bob, title="Tea"), group_setup.group(ada, title="Coffee")
    ada.send("a cup of tea", tea)
    bob.send("a cup for Bob", tea)
    ada.send("a cup of coffee", coffee)
    assert found(ada, "a cup") == ["a cup of coffee", "a cup for Bob", "a cup of tea"]
    assert found(ada, "a cup", conversation=tea) == ["a cup for Bob", "a cup of tea"]
    assert found(bob, "a cup") == ["a cup for Bob", "a cup of tea"]
    assert search(bob, "a cup", conversation=coffee).status_code == 404


def test_the_team_finds_what_every_visitor_wrote(visitor: api.Person, stranger: api.Person, agent: api.Person) -> None:
    word = f"needle {visitor.id}"
    for person in (visitor, stranger):
        person.send(word)
    assert found(agent, word) == [word, word]
    assert found(visitor, word) == [word]
    assert found(agent, word, conversation=stranger.conversation) == [word]


def test_what_was_deleted_and_lines_of_what_happened_are_not_found(ada: api.Person) -> None:
    group = group_setup.group(ada, title="Teapots")
    message = ada.send("my teapot", group).json()
    assert found(ada, "teapot") == ["my teapot"]
    ada.request("DELETE", f"/w/messages/{message['id']}")
    assert found(ada, "teapot") == []
    assert found(ada, "created the group") == []


def test_an_edited_message_is_found_by_what_it_says_now(visitor: api.Person) -> None:
    message = visitor.send("a teapot").json()
    visitor.request("PATCH", f"/w/messages/{message['id']}", json={"body": "a coffee pot"})
    assert found(visitor, "teapot") == []
    assert found(visitor, "coffee") == ["a coffee pot"]


@pytest.mark.parametrize("text", ["", "x", " ", "  x  ", "💬"])
def test_one_character_is_too_little_to_search_for(text: str, visitor: api.Person) -> None:
    visitor.send("x 💬")
    answer = search(visitor, text)
    assert (answer.status_code, answer.json()["reason"]) == (422, "Type at least 2 characters to search for.")


def test_who_has_left_finds_the_messages_until_then(ada: api.Person, bob: api.Person) -> None:
    group = group_setup.group(ada, bob)
    ada.send("an old teapot", group)
    bob.request("DELETE", f"/w/groups/{group}/members/me")
    ada.send("a new teapot", group)
    assert found(bob, "teapot") == found(bob, "teapot", conversation=group) == ["an old teapot"]
    assert found(ada, "teapot") == ["a new teapot", "an old teapot"]


def hits(person: api.Person, **params: str) -> str:
    return person.request("GET", "/w/search", params=params, headers={"Accept": "text/html"}).text


def test_in_html_what_was_found_is_marked_and_leads_to_its_place(visitor: api.Person) -> None:
    message: dict[str, Any] = visitor.send("<script>alert('teapot')</script>").json()
    page = hits(visitor, q="TEAPOT")
    assert "<mark>teapot</mark>" in page
    assert "<script" not in page
    assert f'data-jump="{message["seq"]}"' in page
    assert f'data-conversation="{message["conversation"]}"' in page
    assert "Nothing was found" in hits(visitor, q="coffee pot")


def test_without_a_text_there_is_the_form_to_type_it_into(visitor: api.Person) -> None:
    assert 'name="q"' in hits(visitor)
    assert f'value="{visitor.conversation}"' in hits(visitor, conversation=visitor.conversation)
