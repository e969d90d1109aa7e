"""What a message costs by how many get it: members of a group, and agents of the team.

Through the app itself, in this process, on SQLite and a Redis of its own; the time is that of the process, so what
Redis takes is not in it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask.testing import FlaskClient
from sqlalchemy import insert

from tests import services
from widget import create_app, db, extensions, migrations, settings
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.users import tokens
from widget.models import Conversation, Member, User, new_id

MEMBERS = (2, 50, 200)
AGENTS = (1, 20, 100)
MESSAGES = 20
"""How many are sent in each turn, after as many that are not counted."""


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
        post = _posting(client, members, agents)
        for _ in range(MESSAGES):
            post()
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


def _posting(client: FlaskClient, members: int, agents: int) -> Callable[[], None]:
    """What sends one message of a visitor's into a conversation of so many members, before so many agents."""
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

    return post
