"""What is told to the driver itself finds, writes and raises what SQLAlchemy would."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, bindparam, event, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.unit.team_scene import chat
from widget import db, extensions
from widget.models import User, new_id, now, table_of
from widget.prepared import Prepared

pytestmark = pytest.mark.usefixtures("app_context")

USER = select(table_of(User)).where(table_of(User).c.id == bindparam("id"))
NEW = {
    "id": new_id,
    "kind": lambda: "visitor",
    "name": lambda: 'Ann "%s" O\'Hara 日本',
    "attributes": lambda: {"plan": "gold"},
    "available": lambda: False,
    "created_at": now,
    "last_seen_at": lambda: datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC),
    "first_responder": lambda: True,
    "capacity": lambda: 3,
}


def insertion() -> Prepared:
    columns = table_of(User).columns
    return Prepared(
        insert(table_of(User)).values({name: bindparam(f"new_{name}", type_=columns[name].type) for name in NEW})
    )


def write(*rows: dict[str, object]) -> None:
    with db.transaction() as session:
        for row in rows:
            assert insertion().execute(db.connection_of(session), row) == []


def test_what_is_written_and_found_is_what_it_is_to_sqlalchemy() -> None:
    values = {f"new_{name}": make() for name, make in NEW.items()}
    write(values | {"more": "than is asked for"})
    with db.read_connection() as connection:
        [found] = Prepared(USER).execute(connection, {"id": values["new_id"]})
        assert tuple(found) == tuple(connection.execute(USER, {"id": values["new_id"]}).one())
        row = dict(zip(table_of(User).columns.keys(), found, strict=True))
        assert {f"new_{name}": row[name] for name in NEW} == values
        assert Prepared(USER).execute(connection, {"id": "nobody"}) == []


def test_what_the_database_refuses_is_raised_as_sqlalchemy_does_and_nothing_of_it_is_written() -> None:
    visitor = chat().visitor
    values = {f"new_{name}": make() for name, make in NEW.items()}
    with pytest.raises(IntegrityError):
        write(values, values | {"new_id": visitor.id})
    with db.reading() as session:
        assert session.get(User, values["new_id"]) is None


@pytest.mark.parametrize("app_context", ["postgresql"], indirect=True)  # nothing cuts a file off
def test_a_connection_that_was_cut_is_told_as_such_and_not_used_again() -> None:
    with db.read_connection() as connection, db.read_connection() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({_process(connection)})")
        with pytest.raises(OperationalError):
            Prepared(USER).execute(connection, {"id": "x"})
        assert connection.invalidated


def _process(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def test_who_listens_to_the_engine_hears_of_it() -> None:
    heard: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        heard.append(statement)

    engine = extensions.current().engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        with db.read_connection() as connection:
            assert Prepared(USER).execute(connection, {"id": "nobody"}) == []
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    assert len(heard) == 1
