"""The stream's promises, one by one: on sockets taken over from gunicorn, and on a plain server's generators."""

from __future__ import annotations

import itertools
import json
import re
import socket
import subprocess
import sys
import threading
import uuid

import pytest
import requests

from tests import api, services
from tests.unit.event_source import Dispatched, EventSource
from tests.web import database_inspection
from widget.realtime import Event
from widget.realtime.log import Entry, Log

pytestmark = pytest.mark.any_database


def listen(streams: str, person: api.Person, as_json: bool = True, last_id: str | None = None) -> api.Stream:
    return api.Stream(streams, person.headers, as_json, last_id)


def bodies(stream: api.Stream) -> list[str]:
    return [event.data["body"] for event in stream.of("message")]


def logged(stream: api.Stream) -> list[api.Event]:
    """All events but the fleeting ones: the team may come and go at any time, and everybody is told."""
    return [event for event in stream.events if event.id]


def of(source: EventSource, kind: str) -> list[Dispatched]:
    return [event for event in source.events if event.type == kind]


def test_a_stream_begins_with_the_time_to_retry_and_an_id(streams: str, visitor: api.Person) -> None:
    with services.closing(listen(streams, visitor)) as stream:
        retry, first_id, empty = stream.first_lines[:3]
        assert re.fullmatch(r"retry: \d+", retry)
        assert re.fullmatch(r"id: \d+-\d+", first_id)
        assert empty == ""
        assert stream.response.headers["Content-Type"].partition(";")[0] == "text/event-stream"
        assert "no-cache" in stream.response.headers["Cache-Control"]
        assert stream.response.headers["X-Accel-Buffering"] == "no"
        assert "Content-Encoding" not in stream.response.headers
        assert logged(stream) == []


def test_an_event_in_json_is_what_the_sender_was_answered(streams: str, visitor: api.Person, agent: api.Person) -> None:
    with services.closing(listen(streams, visitor)) as mine, services.closing(listen(streams, agent)) as theirs:
        answer = visitor.send("hello").json()
        event = mine.next("message")
        assert event.data == answer
        assert event.id
        assert theirs.next("message").data == answer | {"mine": False}
        entry = theirs.next("conversation").data
        listed = next(it for it in agent.conversations() if it["id"] == answer["conversation"])
        for one in (entry, listed):
            for member in one["members"]:
                del member["delivered_upto"]  # this very stream has moved it meanwhile
        assert entry == listed


def test_an_event_in_html_is_exactly_the_one_fragment_that_the_sender_was_answered(
    streams: str, visitor: api.Person
) -> None:
    path = f"/w/conversations/{visitor.conversation}/messages"
    with services.closing(listen(streams, visitor, as_json=False)) as stream:
        fields = {"body": "hello", "client_id": str(uuid.uuid4())}
        answer = visitor.post(path, json=fields, headers={"Accept": "text/html"})
        fragment = stream.next("message").data
        assert fragment.strip() == answer.text.strip()
        assert re.fullmatch(r'<article class="message" id="m-[0-9a-f]{16}".*</article>', fragment.strip(), re.DOTALL)
        assert fragment.count("<article") == fragment.count('data-testid="message"') == 1


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "html"])
def test_a_text_arrives_over_the_wire_as_it_was_written(as_json: bool, streams: str, visitor: api.Person) -> None:
    body = "  two spaces\n\n\n: no comment\ndata: no field\nid: 7\nevent: x\n\u2028\u2029\x85 \ufeff💬\t\u200fend"
    url = f"{streams}/w/stream{'?as=json' if as_json else ''}"
    with requests.get(url, headers=visitor.headers, stream=True, timeout=30) as response:
        source = EventSource()
        chunks = response.iter_content(1)
        source.feed(next(chunks))
        message = visitor.send(body).json()
        while not of(source, "message"):
            source.feed(next(chunks))
    [event] = of(source, "message")
    assert message["body"] == body
    assert event.last_event_id == source.last_event_id
    if as_json:
        assert json.loads(event.data) == message
    else:
        page = visitor.get(f"/w/conversations/{message['conversation']}", headers={"Accept": "text/html"})
        assert event.data.strip() in page.text


def test_forty_messages_missed_while_disconnected_are_replayed_in_order_none_twice(
    streams: str, visitor: api.Person, agent: api.Person
) -> None:
    conversation = visitor.conversation
    with services.closing(listen(streams, visitor)) as stream:
        agent.send("seen", conversation)
        stream.next("conversation")
    missed = [agent.send(f"missed {number}", conversation).json() for number in range(40)]
    with services.closing(listen(streams, visitor, last_id=stream.last_id)) as again:
        live = agent.send("live", conversation).json()
        services.wait_for(lambda: len(again.of("message")) >= 41, "41 messages")
        again.next("conversation")
        assert [event.data["id"] for event in again.of("message")] == [it["id"] for it in [*missed, live]]
        ids = [event.id for event in logged(again)]
        assert len(set(ids)) == len(ids)
    # From the middle of what the second stream has seen, a third one takes up.
    middle = again.of("message")[20]
    with services.closing(listen(streams, visitor, last_id=middle.id)) as third:
        services.wait_for(lambda: len(third.of("message")) >= 20, "20 messages")
        assert [event.id for event in third.of("message")] == [event.id for event in again.of("message")[21:]]
        assert not third.of("resync")


def test_a_stream_without_a_last_id_begins_now(streams: str, visitor: api.Person) -> None:
    visitor.send("before")
    with services.closing(listen(streams, visitor)) as stream:
        visitor.send("after")
        stream.next("message")
        assert bodies(stream) == ["after"]


UNKNOWN = {
    "of an empty log": "0-0",
    "that is no id": "garbage",
    "of long ago": "1-1",
    "of the future": "99999999999999-0",
    "without a serial": "1700000000000",
    "that is half an id": "1700000000000-",
    "with an underscore": "1_0-1",
    "with a sign": "+1-1",
    "of Redis's own": "$",
    "that is a range": "(1-1",
    "larger than 64 bits": "99999999999999999999999999-1",
    "of 5,000 digits": "9" * 5000,
    "in another script": "\xb2-\xb3",
}


@pytest.mark.parametrize("last_id", UNKNOWN.values(), ids=UNKNOWN)
def test_an_id_that_the_log_does_not_hold_gives_resync_and_then_what_is_new(
    last_id: str, streams: str, visitor: api.Person
) -> None:
    visitor.send("in the history")
    with services.closing(listen(streams, visitor, last_id=last_id)) as stream:
        assert stream.next("resync").id == stream.last_id
        assert [message["body"] for message in visitor.history()] == ["in the history"]
        visitor.send("new")
        stream.next("message")
        assert [event.type for event in logged(stream)[:2]] == ["resync", "message"]
        assert bodies(stream) == ["new"]


def test_an_id_that_was_trimmed_from_the_log_gives_resync(
    streams: str, server: services.ChatServer, visitor: api.Person
) -> None:
    with services.closing(listen(streams, visitor)) as stream:
        visitor.send("one")
        stream.next("message")
    with database_inspection.redis_of(server) as redis:
        redis.xtrim(f"chat:{{{visitor.id}}}:log", maxlen=1, approximate=False)
    with services.closing(listen(streams, visitor, last_id=stream.of("message")[0].id)) as again:
        again.next("resync")
        # The id that came with it is good from now on.
        visitor.send("two")
        again.next("message")
    with services.closing(listen(streams, visitor, last_id=again.of("resync")[0].id)) as third:
        third.next("message")
        assert bodies(third) == ["two"]
        assert not third.of("resync")


def test_when_redis_lost_everything_who_missed_something_gets_resync_and_the_history_is_whole(
    streams: str, server: services.ChatServer, visitor: api.Person, agent: api.Person
) -> None:
    conversation = visitor.conversation
    with services.closing(listen(streams, visitor)) as open_all_along:
        before = open_all_along.last_id
        for number in range(3):
            agent.send(f"number {number}", conversation)
            open_all_along.next("message")
        services.wait_for(lambda: len(open_all_along.of("conversation")) == 3, "what comes with the messages")
        with database_inspection.redis_of(server) as redis:
            redis.flushall()
        with (
            services.closing(listen(streams, visitor, last_id=open_all_along.last_id)) as missed_nothing,
            services.closing(listen(streams, visitor, last_id=before)) as back,
        ):
            back.next("resync")
            assert [message["body"] for message in visitor.history()] == ["number 0", "number 1", "number 2"]
            agent.send("number 3", conversation)
            for tab in (back, missed_nothing, open_all_along):
                assert tab.next("message").data["body"] == "number 3"
            assert not missed_nothing.of("resync")


def test_all_streams_of_a_user_get_an_event_and_nobody_elses(
    streams: str, server: services.ChatServer, visitor: api.Person, stranger: api.Person
) -> None:
    tabs = [listen(url, visitor, as_json) for url in (streams, server.url) for as_json in (True, False)]
    other = listen(streams, stranger)
    visitor.send("to all my tabs")
    events = [tab.next("message") for tab in tabs]
    assert len({event.id for event in events}) == 1
    stranger.send("to my own")
    other.next("message")
    assert bodies(other) == ["to my own"]
    for stream in (*tabs, other):
        stream.close()


PUBLISH = """
import sys
from flask_sse import sse  # before and after the app has been imported
from app import app
from flask_sse import sse as same
with app.app_context():
    sse.publish({"lines": "one\\ntwo"}, type="draft", channel=sys.argv[1])
    same.publish("  as text\\n", type="presence", channel=sys.argv[1])
    same.publish("", channel=sys.argv[1])
"""


def test_sse_publish_of_flask_sse_in_another_process_reaches_all_the_users_streams(
    streams: str, server: services.ChatServer, visitor: api.Person, stranger: api.Person
) -> None:
    tabs = [listen(streams, visitor, as_json) for as_json in (True, False, True)]
    other = listen(streams, stranger)
    subprocess.run(
        [sys.executable, "-c", PUBLISH, visitor.id], cwd=services.ROOT, env=server.environ, check=True, timeout=60
    )
    for tab in tabs:
        data = {"lines": "one\ntwo"}
        assert tab.next("draft").data == (data if tab.as_json else json.dumps(data))
        assert tab.next("presence").data == "  as text\n"
    assert tabs[0].next("message").data == ""
    stranger.send("mine")
    other.next("message")
    assert not other.of("draft")
    for stream in (*tabs, other):
        stream.close()


PUBLISH_FLEETING = """
import sys
from app import app
from widget.realtime import EVERYONE, Event, publish
with app.app_context():
    to_one = Event("x", type="typing", fleeting=True)
    publish([(sys.argv[1], to_one), (EVERYONE, Event("y", type="draft", fleeting=True))])
"""


def test_a_fleeting_event_has_no_id_and_one_for_everyone_reaches_all_streams(
    streams: str, server: services.ChatServer, visitor: api.Person, stranger: api.Person
) -> None:
    mine, other = listen(streams, visitor), listen(server.url, stranger)
    command = [sys.executable, "-c", PUBLISH_FLEETING, visitor.id]
    subprocess.run(command, cwd=services.ROOT, env=server.environ, check=True, timeout=60)
    assert mine.next("typing").id is None
    for stream in (mine, other):
        assert stream.next("draft").id is None
        stream.close()
    assert not other.of("typing")


def test_a_tab_opened_while_events_are_published_misses_none_and_gets_none_twice(
    streams: str, server: services.ChatServer, visitor: api.Person
) -> None:
    numbers = itertools.count()
    tabs, began_after = [listen(streams, visitor)], [None]
    with database_inspection.redis_of(server) as redis:
        log = Log(redis)

        def publish(count: int) -> None:
            for _ in range(count):
                log.append([Entry(visitor.id, Event(next(numbers), type="draft").encode())])

        for turn in range(12):
            last_id = tabs[-1].last_id if turn % 2 else None
            burst = threading.Thread(target=publish, args=(30,))
            burst.start()
            tabs.append(listen(streams, visitor, last_id=last_id))
            began_after.append(last_id)
            burst.join()
        kept = [entry_id.decode() for entry_id, fields in redis.xrange(f"chat:{{{visitor.id}}}:log")]
        newest = kept[-1]
    for tab, last_id in zip(tabs, began_after, strict=True):
        began = tab.first_lines[1].removeprefix("id: ")
        assert last_id is None or began == last_id
        services.wait_for(lambda tab=tab: tab.last_id == newest, "the newest event")  # type: ignore[misc]
        assert [event.id for event in logged(tab)] == kept[kept.index(began) + 1 :]
        tab.close()


def _connect(streams: str, person: api.Person, receive_buffer: int) -> socket.socket:
    """A stream as a bare socket, whose buffers are known."""
    host, port = streams.removeprefix("http://").split(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.connect((host, int(port)))
    head = f"GET /w/stream?as=json HTTP/1.1\r\nHost: {host}\r\nAuthorization: {person.headers['Authorization']}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def test_a_slow_tab_is_cut_off_and_another_tab_of_the_same_user_is_not_slowed(
    streams: str, server: services.ChatServer, visitor: api.Person
) -> None:
    def read(connection: socket.socket, source: EventSource) -> None:
        while chunk := connection.recv(1 << 20):
            source.feed(chunk)

    seen = EventSource()
    with _connect(streams, visitor, 1 << 20) as quick, _connect(streams, visitor, 4096) as slow:
        reader = threading.Thread(target=read, args=(quick, seen), daemon=True)
        reader.start()
        slow.settimeout(services.PATIENCE)
        slow.recv(16)  # both are open as soon as something has come
        services.wait_for(lambda: seen.last_event_id, "the quick tab to be open")
        with database_inspection.redis_of(server) as redis:
            for number in range(40):  # 8 MB: more than all buffers on the way can take
                event = Event({"n": number, "ballast": "x" * 200_000}, type="draft")
                Log(redis).append([Entry(visitor.id, event.encode())])
                services.wait_for(lambda n=number: len(of(seen, "draft")) > n, "the quick tab to have it")  # type: ignore[misc]
        assert [json.loads(event.data)["n"] for event in of(seen, "draft")] == list(range(40))
        late = EventSource()
        while chunk := slow.recv(1 << 20):  # comes to an end, because it was cut off
            late.feed(chunk)
            assert len(of(late, "draft")) < 40
        visitor.send("still here")
        services.wait_for(lambda: of(seen, "message"), "what comes next")
        quick.shutdown(socket.SHUT_RDWR)
        reader.join()
