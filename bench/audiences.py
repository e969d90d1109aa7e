"""What a message costs by how many get it: members of a group, and agents of the team.

Through the app itself, in this process, on SQLite and a Redis of its own; the time is that of the process, so what
Redis takes is not in it. Of agents also the bytes: into Redis and out of it, and on their streams.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import insert

from tests import services
from widget import create_app, db, extensions, migrations, settings
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.users import tokens
from widget.models import Conversation, Member, User, new_id
from widget.realtime import EVERYONE, Event, events
from widget.realtime.subscriber import Subscriber

MEMBERS = (2, 50, 200)
AGENTS = (1, 20, 100)
MESSAGES = 20
"""How many are sent in each turn, after as many that are not counted."""


class Bytes(NamedTuple):
    """Of one message: what Redis is sent, what it sends, and what goes out on all streams."""

    into_redis: float
    out_of_redis: float
    on_streams: float


class Counter(Subscriber):
    """An inbox's open stream, of which only the bytes are counted."""

    __slots__ = ("bytes", "ended")

    def __init__(self, user_id: str) -> None:
        super().__init__(user_id, False, lambda _: None, is_selective=True)
        self.bytes = 0
        self.ended = False

    def write(self, frame: bytes) -> None:
        """Count a frame; the event "end" says that there was no more before it."""
        self.bytes += len(frame)
        self.ended = self.ended or frame.startswith(b"event: end")


def measure_bytes() -> dict[int, Bytes]:
    """What a visitor's message weighs, by agents with an open inbox, one of whom has the conversation before them."""
    folder = tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)
    with services.closing(services.RedisServer()) as redis, folder as where:
        return {count: _bytes(redis, where, count) for count in AGENTS}


def _bytes(redis: services.RedisServer, folder: str, agents: int) -> Bytes:
    with _client(redis, folder) as client:
        posting = _posting(client, agents=agents)
        parts = extensions.of(client.application)
        parts.hub.observer = None  # what is delivered is told later, and once for many messages
        streams = [Counter(it) for it in posting.agents]
        for stream in streams:
            parts.hub.open(stream, None)
        events.follow(posting.agents[0], posting.conversation)
        for _ in range(MESSAGES):
            posting.post()
        counted = _traffic(parts.redis, streams)
        for _ in range(MESSAGES):
            posting.post()
        again = _traffic(parts.redis, streams)
        parts.hub.close()
        return Bytes(*((now - before) / MESSAGES for now, before in zip(again, counted, strict=True)))


def _traffic(redis: Redis, streams: list[Counter]) -> tuple[int, int, int]:
    """How many bytes there have been, once all is there that was published."""
    for stream in streams:
        stream.ended = False
    events.publish([(EVERYONE, Event("", type="end", fleeting=True))])
    services.wait_for(lambda: all(it.ended for it in streams), "the end on all streams")
    stats = redis.info("stats")
    on_streams = sum(it.bytes for it in streams)
    return stats["total_net_input_bytes"], stats["total_net_output_bytes"], on_streams


def measure(times: int) -> dict[str, dict[int, float]]:
    """Milliseconds a message, the median of so many turns: by members of the group, and by agents."""
    folder = tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)
    with services.closing(services.RedisServer()) as redis, folder as where:
        turns: dict[str, dict[int, list[float]]] = {
            "members": {count: [] for count in MEMBERS},
            "agents": {count: [] for count in AGENTS},
        }
        for _ in range(times):
            for count in MEMBERS:
                turns["members"][count].append(_milliseconds(redis, where, members=count))
            for count in AGENTS:
                turns["agents"][count].append(_milliseconds(redis, where, agents=count))
    return {what: {count: statistics.median(it) for count, it in counts.items()} for what, counts in turns.items()}


def _milliseconds(redis: services.RedisServer, folder: str, members: int = 2, agents: int = 1) -> float:
    with _client(redis, folder) as client:
        post = _posting(client, members, agents).post
        for _ in range(MESSAGES):
            post()
        gc.collect()
        gc.freeze()  # as a worker does
        began = time.process_time()
        for _ in range(MESSAGES):
            post()
        return 1000 * (time.process_time() - began) / MESSAGES


@contextmanager
def _client(redis: services.RedisServer, folder: str) -> Iterator[FlaskClient]:
    environ = {
        "REDIS_URL": redis.database(),
        "DATABASE_URL": f"sqlite:///{folder}/{new_id()}.db",
        "VISITOR_MESSAGES": "100000/10",
    }
    app = create_app(settings.from_environ(environ))
    migrations.upgrade(extensions.of(app).engine)
    with app.app_context():
        yield app.test_client()
    extensions.of(app).engine.dispose()


class Posting(NamedTuple):
    """What sends one message of a visitor's, where to, and before whom."""

    post: Callable[[], None]
    conversation: str
    agents: list[str]


def _posting(client: FlaskClient, members: int = 2, agents: int = 1) -> Posting:
    """What sends messages of a visitor's into a conversation of so many members, before so many agents."""
    visitor, where = new_id(), new_id()
    others = [new_id() for _ in range(members - 2)]
    kind = "group" if others else "direct"
    parts = extensions.of(client.application)
    with parts.engine.begin() as connection:
        team = [{"id": new_id(), "kind": "agent", "name": f"Agent {n}", "team_id": TEAM_ID} for n in range(agents)]
        people = [{"id": it, "kind": "visitor", "name": f"Visitor {it[:4]}"} for it in [visitor, *others]]
        connection.execute(insert(User), team)
        connection.execute(insert(User), people)
        connection.execute(
            insert(Conversation), [{"id": where, "kind": kind, "title": "Everybody" if others else None}]
        )
        rows = [{"conversation_id": where, "user_id": it} for it in [visitor, TEAM_ID, *others]]
        connection.execute(insert(Member), rows)
    with db.transaction() as session:
        token, _ended = tokens.issue(session, session.get_one(User, visitor), "visitor")

    def post() -> None:
        answer = client.post(
            f"/w/conversations/{where}/messages",
            json={"client_id": str(uuid.uuid4()), "body": "hello there"},
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
        )
        assert answer.status_code == 201, answer.text

    return Posting(post, where, [it["id"] for it in team])
