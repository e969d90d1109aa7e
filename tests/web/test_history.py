"""The past: pages of forty, read watermarks, and conversations that are nobody else's."""

from __future__ import annotations

import re
import uuid

import pytest

from tests import api, services


@pytest.fixture(scope="module")
def talker(server: services.ChatServer, agent: api.Person) -> api.Person:
    """A visitor whose conversation has 85 messages."""
    visitor = api.visitor(server.url)
    conversation = visitor.conversation
    for number in range(85):
        speaker = visitor if number % 2 else agent
        assert speaker.send(f"number {number + 1}", conversation).status_code == 201
    return visitor


def test_history_comes_in_pages_of_forty_oldest_first(talker: api.Person) -> None:
    path = f"/w/conversations/{talker.conversation}"
    pages = [talker.get(f"{path}{before}").json() for before in ("", "?before=46", "?before=6", "?before=1")]
    numbers = [[message["seq"] for message in page["messages"]] for page in pages]
    assert numbers == [list(range(46, 86)), list(range(6, 46)), list(range(1, 6)), []]
    assert [page["more"] for page in pages] == [True, True, False, False]
    assert [message["body"] for message in talker.history()] == [f"number {n}" for n in range(1, 86)]


def test_exactly_forty_messages_are_one_page_without_more(talker: api.Person) -> None:
    page = talker.get(f"/w/conversations/{talker.conversation}?before=41").json()
    assert len(page["messages"]) == 40
    assert page["more"] is False


def test_a_page_in_html_begins_with_what_loads_the_page_before(talker: api.Person) -> None:
    def page(before: str) -> tuple[list[int], list[str]]:
        text = talker.get(f"/w/conversations/{talker.conversation}{before}", headers={"Accept": "text/html"}).text
        tops = re.findall(r'data-testid="history-top" hx-get="([^"]+)"', text)
        return [int(number) for number in re.findall(r'data-seq="(\d+)"', text)], tops

    assert page("") == (list(range(46, 86)), [f"/w/conversations/{talker.conversation}?before=46"])
    assert page("?before=46") == (list(range(6, 46)), [f"/w/conversations/{talker.conversation}?before=6"])
    assert page("?before=6") == (list(range(1, 6)), [])


PAGES: list[tuple[str, list[int], bool, bool]] = [  # what is asked for, the numbers, whether there is more and newer
    ("", list(range(46, 86)), True, False),
    ("?before=46", list(range(6, 46)), True, True),
    ("?before=1", [], False, True),
    ("?before=0", [], False, True),
    ("?before=86", list(range(46, 86)), True, False),
    ("?before=999999999999999999", list(range(46, 86)), True, False),
    ("?after=0", list(range(1, 41)), False, True),
    ("?after=40", list(range(41, 81)), True, True),
    ("?after=44", list(range(45, 85)), True, True),
    ("?after=45", list(range(46, 86)), True, False),
    ("?after=84", [85], True, False),
    ("?after=85", [], True, False),
    ("?after=999999999999999999", [], True, False),
    ("?around=43", list(range(23, 63)), True, True),
    ("?around=21", list(range(1, 41)), False, True),
    ("?around=22", list(range(2, 42)), True, True),
    ("?around=66", list(range(46, 86)), True, False),
    ("?around=65", list(range(45, 85)), True, True),
]


@pytest.mark.parametrize(("query", "numbers", "more", "newer"), PAGES, ids=[page[0] or "newest" for page in PAGES])
def test_a_page_tells_whether_there_is_more_before_it_and_something_newer_after_it(
    query: str, numbers: list[int], more: bool, newer: bool, talker: api.Person
) -> None:
    page = talker.get(f"/w/conversations/{talker.conversation}{query}").json()
    assert [message["seq"] for message in page["messages"]] == numbers
    assert (page["more"], page["newer"]) == (more, newer)


@pytest.mark.parametrize("number", [0, 1, 2, 84, 85, 86, 10**17])
def test_around_a_message_near_an_end_there_are_at_least_those_next_to_it(number: int, talker: api.Person) -> None:
    page = talker.get(f"/w/conversations/{talker.conversation}?around={number}").json()
    numbers = [message["seq"] for message in page["messages"]]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert 20 <= len(numbers) <= 40
    assert (numbers[0] == 1, page["more"]) == (number < 3, number > 2)
    assert (numbers[-1] == 85, page["newer"]) == (number > 2, number < 3)


def test_from_around_a_message_all_others_are_reached_in_both_directions(talker: api.Person) -> None:
    path = f"/w/conversations/{talker.conversation}"
    page = talker.get(f"{path}?around=43").json()
    seen = [message["seq"] for message in page["messages"]]
    more, newer = page["more"], page["newer"]
    while more:
        page = talker.get(f"{path}?before={seen[0]}").json()
        assert page["messages"], f"there was to be more before {seen[0]}"
        seen, more = [message["seq"] for message in page["messages"]] + seen, page["more"]
    while newer:
        page = talker.get(f"{path}?after={seen[-1]}").json()
        assert page["messages"], f"there was to be something after {seen[-1]}"
        seen, newer = seen + [message["seq"] for message in page["messages"]], page["newer"]
    assert seen == list(range(1, 86))


def test_a_page_in_html_has_what_loads_the_next_one_at_the_end_where_it_goes_on(talker: api.Person) -> None:
    path = f"/w/conversations/{talker.conversation}"

    def loads(query: str) -> list[str]:
        text = talker.get(path + query, headers={"Accept": "text/html"}).text
        return re.findall(r'class="history-(?:top|bottom)"[^>]*hx-get="[^"]*(\?[^"]+)"', text)

    assert loads("") == ["?before=46"]
    assert loads("?around=43") == ["?before=23", "?after=62"]
    assert loads("?before=43") == ["?before=3"]
    assert loads("?after=20") == ["?after=60"]
    assert loads("?after=62") == []


def test_reading_moves_the_watermark_forward_only_and_clears_unread(visitor: api.Person, agent: api.Person) -> None:
    conversation = visitor.conversation
    for body in ("one", "two", "three"):
        agent.send(body, conversation)

    def read(upto: int) -> tuple[int, int, int]:
        answer = visitor.post(f"/w/conversations/{conversation}/read", json={"upto": upto})
        [seen] = visitor.conversations()
        [me] = [member for member in seen["members"] if member["id"] == visitor.id]
        return answer.status_code, seen["unread"], me["read_upto"]

    assert visitor.conversations()[0]["unread"] == 3
    assert read(2) == (204, 1, 2)
    assert read(1) == (204, 1, 2)
    assert read(0) == (204, 1, 2)
    assert read(3) == (204, 0, 3)
    assert read(3) == (204, 0, 3)
    visitor.send("four")
    assert visitor.conversations()[0]["unread"] == 0  # one's own message is never unread


def test_the_sender_learns_once_that_a_message_was_read(visitor: api.Person, agent: api.Person) -> None:
    message = visitor.send("read me").json()
    path = f"/w/conversations/{message['conversation']}/read"
    with services.closing(visitor.listen()) as stream, services.closing(visitor.listen(as_json=False)) as in_html:
        for _ in range(3):
            assert agent.post(path, data={"upto": "1"}).status_code == 204
        receipt = stream.next("receipt").data
        assert receipt["member"] == "team"
        assert (receipt["read_upto"], receipt["read_by_all"]) == (1, 1)
        assert 'data-read-by-all="1"' in in_html.next("receipt").data
        visitor.send("the end")
        services.wait_for(lambda: stream.of("message"))
        assert len(stream.of("receipt")) == 1
    assert [it["status"] for it in visitor.history()] == ["read", "sent"]


def test_a_fresh_visitor_has_exactly_one_conversation_with_the_team(visitor: api.Person) -> None:
    [conversation] = visitor.conversations()
    assert set(conversation) >= {"id", "kind", "title", "unread", "members", "last"}
    assert (conversation["kind"], conversation["title"]) == ("direct", "Support")
    assert (conversation["unread"], conversation["last"]) == (0, None)
    assert [set(member) >= {"id", "name", "delivered_upto", "read_upto"} for member in conversation["members"]] == [
        True,
        True,
    ]
    assert {member["id"] for member in conversation["members"]} == {visitor.id, "team"}
    page = visitor.get(f"/w/conversations/{conversation['id']}").json()
    assert page == {"messages": [], "more": False, "newer": False}


def test_the_list_tells_the_last_message_and_the_inbox_is_sorted_by_it(
    visitor: api.Person, stranger: api.Person, agent: api.Person
) -> None:
    visitor.send("earlier")
    stranger.send("later")
    newest = visitor.send("latest").json()
    first, second, *_ = agent.conversations()
    assert (first["id"], second["id"]) == (visitor.conversation, stranger.conversation)
    assert {key: first["last"][key] for key in ("id", "body", "seq")} == {
        key: newest[key] for key in ("id", "body", "seq")
    }
    assert first["unread"] == 2
    assert visitor.conversations()[0]["last"] == newest


def test_the_inbox_does_not_list_visitors_who_wrote_nothing(stranger: api.Person, agent: api.Person) -> None:
    silent = stranger.conversation
    assert silent not in [conversation["id"] for conversation in agent.conversations()]


def test_two_visitors_never_see_anything_of_each_other(
    visitor: api.Person, stranger: api.Person, agent: api.Person
) -> None:
    with services.closing(stranger.listen()) as stream:
        message = visitor.send("between us").json()
        path = f"/w/conversations/{message['conversation']}"
        fields = {"body": "me too", "client_id": str(uuid.uuid4())}
        refused = [
            stranger.get(path),
            stranger.get(f"{path}?before=5"),
            stranger.post(f"{path}/messages", json=fields),
            stranger.post(f"{path}/read", json={"upto": 1}),
        ]
        missing = stranger.get("/w/conversations/0123456789abcdef")
        for answer in refused:
            assert (answer.status_code, answer.json()) == (404, missing.json())
        agent.post(f"{path}/read", json={"upto": 1})
        stranger.send("my own")
        stream.next("conversation")
        assert [event.data["body"] for event in stream.of("message")] == ["my own"]
        assert not stream.of("receipt")
    assert "between us" not in stranger.get("/w/conversations").text
    assert [it["body"] for it in visitor.history()] == ["between us"]


def test_a_visitor_may_not_open_the_inbox(visitor: api.Person, agent: api.Person) -> None:
    visitor.send("hello")
    assert 'data-testid="inbox-list"' in agent.get("/inbox").text
    assert 'data-testid="inbox-list"' not in visitor.get("/inbox").text
    assert visitor.get(f"/inbox/{visitor.conversation}").status_code == 302
