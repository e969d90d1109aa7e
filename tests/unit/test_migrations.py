"""A database of an earlier release is brought up to date with everything that is in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint, create_engine, inspect, select, text
from sqlalchemy.orm import Session

from widget import db, migrations
from widget.models import Backfill, Base, Conversation, Message, Outbox

NOW = "2026-11-01 12:00:00"

MEMBER = "INSERT INTO members (id, conversation_id, user_id, delivered_upto, read_upto, joined_at)"
FIRST_RELEASE = f"""
INSERT INTO users (id, kind, name, created_at) VALUES ('v', 'visitor', 'Vera', '{NOW}');
INSERT INTO conversations (id, kind, last_seq, created_at, updated_at) VALUES ('c', 'direct', 1, '{NOW}', '{NOW}');
{MEMBER} VALUES ('m', 'c', 'v', 0, 0, '{NOW}');
{MEMBER} VALUES ('t', 'c', 'team', 0, 0, '{NOW}');
INSERT INTO messages (id, conversation_id, seq, member_id, sender_id, client_id, kind, body, created_at)
    VALUES ('x', 'c', 1, 'm', 'v', 'k', 'text', 'hello', '{NOW}');
INSERT INTO unpublished (message_id, created_at) VALUES ('x', '{NOW}');
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> str:
    """A database that nobody else uses."""
    return new_database(request.param).replace("postgresql://", "postgresql+psycopg://")


def test_what_the_first_release_wrote_is_there_after_the_upgrade(empty_database: str) -> None:
    engine = db.connect(empty_database)
    with db.writing(engine) as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in filter(str.strip, FIRST_RELEASE.split(";\n")):
            connection.execute(text(statement))
    migrations.upgrade(engine)
    with Session(engine) as session:
        message = session.get_one(Message, "x")
        assert (message.body, message.version, message.forwarded, message.deleted_at) == ("hello", 0, False, None)
        conversation = session.get_one(Conversation, "c")
        assert [(it.role, it.removed, it.left_at) for it in conversation.present] == [("owner", False, None)] * 2
        assert session.get_one(Outbox, "x").first  # so the sweeper still brings it as a new message
        assert set(session.scalars(select(Backfill.name))) == {"message_search", "user_search", "case_durations"}
    engine.dispose()


LINES = {
    "Vera created the group “Tea added Bob.”.": ("group-created", {"user": "Vera", "title": "Tea added Bob."}),
    "Vera named the group “Coffee”.": ("group-renamed", {"user": "Vera", "title": "Coffee"}),
    "Vera changed the group’s picture.": ("picture-changed", {"user": "Vera"}),
    "Vera added Bo added.": ("member-added", {"user": "Vera", "other": "Bo added"}),
    "Ve joined with an invitation from Ra.": ("member-joined", {"user": "Ve", "other": "Ra"}),
    "Vera left.": ("member-left", {"user": "Vera"}),
    "Vera removed Bo.": ("member-removed", {"user": "Vera", "other": "Bo"}),
    "Vera made Bo an owner.": ("owner-made", {"user": "Vera", "other": "Bo"}),
    "Vera made Bo a member.": ("member-made", {"user": "Vera", "other": "Bo"}),
    "Voice call, 12:05": ("call", {"media": "voice", "outcome": "ended", "duration": 725}),
    "Video call, no answer": ("call", {"media": "video", "outcome": "no-answer", "duration": 0}),
    "Voice call, eaten by the dog": (None, None),
    "Something else happened.": (None, None),
}
"""What lines of the first releases say: the event and its values."""


def test_lines_of_releases_before_become_events_and_what_cannot_be_parsed_stays(empty_database: str) -> None:
    engine = db.connect(empty_database)
    with db.writing(engine) as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")
        for statement in filter(str.strip, FIRST_RELEASE.split(";\n")[:4]):
            connection.execute(text(statement))
        for number, body in enumerate(LINES):
            kind = "call" if "call" in body else "system"
            connection.execute(
                text(
                    "INSERT INTO messages (id, conversation_id, seq, member_id, sender_id, client_id, kind, body, "
                    "created_at, version, forwarded) "
                    f"VALUES ('{number}', 'c', {number}, 'm', 'v', '{number}', '{kind}', :body, '{NOW}', 0, false)"
                ),
                {"body": body},
            )
    migrations.upgrade(engine)
    with Session(engine) as session:
        found = session.scalars(select(Message)).all()
        assert {it.body: (it.event, it.params) for it in found} == LINES
    with db.writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0010")
        assert set(connection.scalars(text("SELECT body FROM messages"))) == set(LINES)
    engine.dispose()


ROLLED_OUT = "0025"
"""Since this revision, a release before goes on while the next one is rolled out."""


def test_a_release_before_goes_on_with_the_tables_of_the_next_one(tmp_path: Path) -> None:
    def columns() -> dict[tuple[str, str], bool]:
        """The columns of each table, and whether they can be left out."""
        look = inspect(engine)
        return {
            (table, it["name"]): it["nullable"] or it["default"] is not None
            for table in look.get_table_names()
            if migrations.is_ours(None, table, "table")
            for it in look.get_columns(table)
        }

    engine = db.connect(f"sqlite:///{tmp_path}/chat.db")
    revisions = sorted(it for it in migrations._known() if it > ROLLED_OUT)
    migrations.upgrade(engine, ROLLED_OUT)
    before = columns()
    for revision in revisions:
        migrations.upgrade(engine, revision)
        after = columns()
        assert before.keys() <= after.keys(), revision
        tables = {table for table, _ in before}
        new = {it: may_be_left_out for it, may_be_left_out in after.items() if it not in before and it[0] in tables}
        assert all(new.values()), (revision, new)
        before = after
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    migrations.upgrade(engine)  # which a release does that is brought back
    assert (migrations.current(engine), migrations.serves("9999")) == ("9999", True)
    assert not any(map(migrations.serves, (None, ROLLED_OUT)))
    engine.dispose()


def test_an_upgrade_that_others_hold_up_is_tried_again_and_holds_nobody_up_for_long(
    new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "LOCK_PATIENCE", 0.1)
    engine = db.connect(new_database("postgresql").replace("postgresql://", "postgresql+psycopg://"))
    migrations.upgrade(engine, ROLLED_OUT)
    busy = engine.connect()
    busy.exec_driver_sql("LOCK TABLE users")
    paused = []

    def pause(seconds: float) -> None:
        paused.append(seconds)
        if len(paused) == 2:
            busy.close()

    monkeypatch.setattr(migrations, "time", SimpleNamespace(sleep=pause))  # others of this process sleep, too
    migrations.upgrade(engine)
    assert (len(paused), migrations.current(engine)) == (2, migrations.newest())
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_expects(empty_database: str) -> None:
    engine = create_engine(empty_database)
    migrations.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": migrations.is_ours})
        assert compare_metadata(context, Base.metadata) == []
        assert connection.scalar(select(Backfill.name)) is None  # nothing was there that is not indexed
    engine.dispose()


def test_what_is_deleted_is_looked_for_by_an_index_wherever_it_may_be_mentioned() -> None:
    for table in Base.metadata.tables.values():
        unique = [it for it in table.constraints if isinstance(it, PrimaryKeyConstraint | UniqueConstraint)]
        indexed = {next(iter(it.columns)).name for it in (*table.indexes, *unique) if len(it.columns)}
        assert {key.parent.name for key in table.foreign_keys} <= indexed, table.name
