"""A database of an earlier release is brought up to date with everything that is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from widget import db, migrations
from widget.models import Base, Conversation, Message, Outbox

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
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that nobody else uses."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/chat.db"
    url: str = request.getfixturevalue("postgres").database()
    return url.replace("postgresql://", "postgresql+psycopg://")


def test_what_the_first_release_wrote_is_there_after_the_upgrade(empty_database: str) -> None:
    engine = db.connect(empty_database)
    with engine.execution_options(writing=True).begin() as connection:
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
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_expects(empty_database: str) -> None:
    engine = create_engine(empty_database)
    migrations.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": migrations.is_ours})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()
