"""What is asked most often finds its rows by an index: no statement of these reads a whole table that grows."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine, event, select

from bench import growth_data
from tests import services
from tests.unit.team_scene import agent, send
from widget import create_app, db, extensions, migrations
from widget import settings as app_settings
from widget.broadcast import outbox
from widget.chat import numbers, receipts
from widget.chat.attachments import exchanged
from widget.chat.calls import calls
from widget.chat.conversations import lists, rules, views
from widget.chat.messages import history
from widget.chat.search import query as search
from widget.chat.users import bots, passwords
from widget.exports import archive
from widget.models import Conversation, Member, Message, User, now

GROWING = {"conversations", "members", "messages", "message_search"}
"""The tables that grow with the messages, and that the scene fills: an empty one is rightly read as a whole."""


@dataclass
class Scene:
    """A deployment that has been in use for a while: an agent, a visitor, and the longest conversation."""

    engine: Engine
    agent: User
    bot: User
    visitor: User
    id: str
    last: Message


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scene(
    request: pytest.FixtureRequest, redis_server: services.RedisServer, new_database: Callable[[str], str]
) -> Iterator[Scene]:
    url = new_database(request.param)
    app = create_app(app_settings.from_environ({"REDIS_URL": redis_server.database(), "DATABASE_URL": url}))
    engine = extensions.of(app).engine
    migrations.upgrade(engine)
    growth_data.fill(engine, conversations=8_000, messages=10_000)
    with app.app_context():
        with db.reading() as session:
            longest = session.scalars(select(Conversation).order_by(Conversation.last_seq.desc())).first()
            assert longest is not None
            visitor = session.scalars(
                select(User)
                .join(Member, Member.user_id == User.id)
                .where(Member.conversation_id == longest.id, User.kind == "visitor")
            ).one()
            last = session.scalars(
                select(Message).where(Message.conversation_id == longest.id, Message.seq == longest.last_seq)
            ).one()
        yield Scene(engine, agent("Ana"), bots.add("Polly")[0], visitor, longest.id, last)
    engine.dispose()


HOT: dict[str, Callable[[Scene], object]] = {
    "the list of a visitor": lambda it: views.list_for(it.visitor),
    "a conversation": lambda it: views.get(it.agent, it.id),
    "a conversation as everybody has it": lambda it: views.per_member(it.id),
    "the newest page of a conversation": lambda it: history.page(it.visitor, it.id),
    "an earlier page": lambda it: history.page(it.agent, it.id, before=it.last.seq - 50),
    "a message": lambda it: history.load(it.last.id),
    "a message that is sent": lambda it: send(it.visitor, it.id, "one more"),
    "an answer": lambda it: send(it.agent, it.id, "an answer"),
    "reading": lambda it: receipts.mark_read(it.visitor, it.id, it.last.seq),
    "an agent's reading": lambda it: receipts.mark_read(it.agent, it.id, it.last.seq),
    **{f"the view {name}": lambda it, name=name: lists.page(it.agent, name) for name in lists.VIEWS if name != "bot"},  # type: ignore[misc]
    "the second page of a view": lambda it: lists.page(it.agent, after=lists.page(it.agent).next or ""),
    "a search of the team": lambda it: search.messages(it.agent, growth_data.RARE),
    "a search of a visitor": lambda it: search.messages(it.visitor, growth_data.RARE),
    "a search in a conversation": lambda it: search.messages(it.agent, growth_data.RARE, it.id),
    "people": lambda it: search.people(it.agent, it.visitor.name),
    "the files of a visitor": lambda it: exchanged.newest(it.agent, it.visitor),
    "calls that ring": lambda it: calls.live_of(it.agent),
    "the sweep": lambda it: (outbox.older_than(timedelta(seconds=2)), calls.end_overdue()),
    "the rules of time": lambda it: rules.run(now()),
}


LONG: dict[str, Callable[[Scene], object]] = {
    **{
        f"a list with {q}": lambda it, q=q: lists.page(it.agent, q=q)  # type: ignore[misc]
        for q in (
            *("teapot", "of", "teapot kiln", "from:visitor", "from:vi", "assignee:agent", "assignee:none", "has:file"),
            *("label:red", "is:unanswered", "is:snoozed", "before:2030-01-31", "after:2030-01-31"),
        )
    },
    "a list that a bot reads": lambda it: lists.page(it.bot, q="of"),
    "what a bot finds": lambda it: search.messages(it.bot, "of"),
    "what is too short for the index": lambda it: search.messages(it.agent, "zz"),
    "what is not there": lambda it: search.messages(it.agent, "not there at all"),
    "people by two letters": lambda it: search.people(it.agent, "zz"),
    "the counts": lambda it: lists.counts_for(it.agent),
    "the numbers of a quarter": lambda it: numbers.of("quarter"),
    "an export": lambda it: list(archive.of_conversation(it.agent, it.id)),
}
"""What may take long, and is to do so beside the loop."""

TURN = 100
"""How many thousand steps of SQLite's a statement in the loop may take: some ten milliseconds. Twenty agents with a
hundred unread messages each take sixty; what looks through all messages of this scene takes more than that."""


@pytest.mark.parametrize("scene", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", HOT | LONG)
def test_no_statement_in_the_loop_takes_longer_than_a_turn_may(what: str, scene: Scene) -> None:
    steps: list[tuple[str, int]] = []

    def step() -> int:
        statement, count = steps.pop()
        steps.append((statement, count + 1))
        return 0

    def begin(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        steps.append((statement, 0))
        connection.connection.dbapi_connection.set_progress_handler(step, 1_000)  # type: ignore[union-attr]

    event.listen(scene.engine, "before_cursor_execute", begin)
    try:
        (HOT | LONG)[what](scene)
    finally:
        event.remove(scene.engine, "before_cursor_execute", begin)
    assert [it for it in steps if it[1] > TURN] == []


def test_a_password_is_hashed_outside_of_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    here, threads = threading.get_native_id(), []

    class Hasher(PasswordHasher):
        def hash(self, *given: Any, **options: Any) -> str:
            threads.append(threading.get_native_id())
            return super().hash(*given, **options)

        def verify(self, *given: Any) -> Literal[True]:
            threads.append(threading.get_native_id())
            return super().verify(*given)

    monkeypatch.setattr(passwords, "_hasher", Hasher(time_cost=1, memory_cost=8, parallelism=1))
    assert passwords.verifies(passwords.hash_password("a long sentence"), "a long sentence")
    assert not passwords.verifies(None, "a long sentence")
    assert len(threads) >= 3
    assert here not in threads


def asked(engine: Engine, work: Callable[[], object]) -> list[tuple[str, Any]]:
    """The statements that some work takes, each with its values."""
    found: list[tuple[str, Any]] = []

    def note(_c: Connection, _cursor: object, statement: str, values: Any, _context: object, many: bool) -> None:
        if not many and statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            found.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return found


def scanned(connection: Connection, statement: str, values: Any) -> set[str]:
    """The tables that a statement reads from one end to the other."""
    if connection.dialect.name == "sqlite":
        plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
        # One that walks along an index is in the order asked for, and ends where the page does.
        return {step.split()[1] for step in plan if step.startswith("SCAN") and "INDEX" not in step}
    row = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar()
    plan = row if isinstance(row, list) else json.loads(str(row))
    return set(_sequential(plan[0]["Plan"]))


def _sequential(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for inner in node.get("Plans", ()):
        yield from _sequential(inner)


@pytest.mark.parametrize("what", HOT)
def test_no_hot_statement_reads_a_table_that_grows_from_end_to_end(what: str, scene: Scene) -> None:
    statements = asked(scene.engine, lambda: HOT[what](scene))
    assert statements
    # PostgreSQL rightly reads the users of this scene as a whole to join them with a page of fifty.
    growing = GROWING | ({"users"} if db.is_sqlite() else set())
    with scene.engine.connect() as connection:
        found = {statement: scanned(connection, statement, values) & growing for statement, values in statements}
    assert not any(found.values()), {statement: tables for statement, tables in found.items() if tables}


def test_one_plan_for_whoever_is_asked_for_is_not_made_of_the_team(scene: Scene) -> None:
    statement = views.query(scene.agent).compile(scene.engine, compile_kwargs={"render_postcompile": True})
    assert "members.user_id = 'team'" in str(statement)
    assert "members.user_id = 'team'" not in str(views.query(scene.visitor).compile(scene.engine))
