"""The database connection: SQLite or PostgreSQL, one `transaction()` for both."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVarTuple

from sqlalchemy import Connection, Engine, Row, Select, create_engine, event
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import Session

from widget import extensions
from widget.threads import A_TURN, in_turns, run_in_thread

IDLE = 1
"""Seconds after which a connection to PostgreSQL is asked whether it still works before it is used again. Asking each
time would be one round trip in ten; what breaks in less is a request that fails, and is sent again."""

POOL_PATIENCE = 15
"""Seconds that a request waits for one of the process's connections to be free: hundreds that come at once have their
turn within it, on a slow machine too."""

_CONNECTION = "connection"

Columns = TypeVarTuple("Columns")

MANY = 500
"""How many rows without anything that belongs to them are taken at once: a millisecond or two."""

CONNECT_PATIENCE = 3
"""Seconds that PostgreSQL has to take a connection; without a limit an unreachable host would hold it for minutes."""


def connect(url: str, prepare: bool = True) -> Engine:
    """An engine for `url`, set up so that greenlets neither starve each other nor wait for ever.

    Without `prepare`, PostgreSQL is sent every statement as it is, as a pooler like PgBouncer needs it.
    """
    if not url.startswith("sqlite"):
        options: dict[str, Any] = {"connect_timeout": CONNECT_PATIENCE}
        if not prepare:
            options["prepare_threshold"] = None
        pool: dict[str, Any] = {"pool_size": 5, "max_overflow": 3, "pool_timeout": POOL_PATIENCE, "pool_use_lifo": True}
        return _ask_the_idle(create_engine(url, connect_args=options, **pool))
    file = url.partition(":///")[2]
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=5,
        max_overflow=5,
        pool_timeout=POOL_PATIENCE,
        pool_use_lifo=True,  # the one used last knows the pages still; any other reads anew what that one has written
        connect_args={"timeout": 5, "isolation_level": None},
    )
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _ask_the_idle(engine: Engine) -> Engine:
    """Let the pool notice that the database was restarted, or a connection cut, while nobody used it."""

    def used(_connection: object, record: Any) -> None:
        record.info["used"] = time.monotonic()

    def about_to_be_used(connection: Any, record: Any, _proxy: object) -> None:
        if time.monotonic() - record.info.get("used", time.monotonic()) < IDLE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # the pool throws it away and tries another one

    event.listen(engine, "checkin", used)
    event.listen(engine, "checkout", about_to_be_used)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def newest_first(column: Any) -> Any:
    """The order of a time that may be missing: the latest first, and those without one last."""
    return column.desc().nulls_last()


def _engine() -> Engine:
    return extensions.current().engine


@contextmanager
def transaction() -> Iterator[Session]:
    """A session that commits at the end of the block and rolls back when it raises.

    No call to Redis, HTTP or anything else that yields belongs inside: on SQLite the whole process would wait.
    """
    with writing(_engine()) as connection, Session(connection, expire_on_commit=False) as session:
        session.info[_CONNECTION] = connection
        yield session
        session.flush()


def connection_of(session: Session) -> Connection:
    """What a `transaction` goes through, for plain statements; a session would look for it each time."""
    return session.info.get(_CONNECTION) or session.connection()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """The same without a session, for who works on the tables themselves."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            _begin_sqlite(connection)
        yield connection


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: who read first and wants to write later would be refused if another process wrote
    in between. Who only reads needs none, here as on PostgreSQL. The driver ends by itself what was begun, and only
    that. It is asked directly, because a listener of the engine's would cost every statement something."""
    try:
        connection.connection.dbapi_connection.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]
    except sqlite3.OperationalError as error:
        raise OperationalError("BEGIN IMMEDIATE", None, error) from error


def _reader() -> Engine:
    engine = _engine()
    if engine.dialect.name != "sqlite":
        engine = engine.execution_options(isolation_level="AUTOCOMMIT")  # else two more round trips
    return engine


@contextmanager
def reading() -> Iterator[Session]:
    """A session that only reads; each statement sees what was committed when it began."""
    with Session(_reader(), expire_on_commit=False) as session:
        yield session


def rows_in_turns(session: Session, query: Select[*Columns]) -> Iterator[Row[*Columns]]:
    """The rows of a question of a session that only reads, with a turn for everybody else after A_TURN of them and all
    that they load besides. PostgreSQL's driver gives them one at each statement, so there they are loaded at once."""
    options = {"yield_per": A_TURN} if is_sqlite() else {}
    return in_turns(session.execute(query, execution_options=options), A_TURN)


def read_connection() -> Connection:
    """A connection that only reads, to be closed after use: for what every request asks. A session around the question
    would make it half as expensive again."""
    return _reader().connect()


def overwrite_deleted(session: Session) -> None:
    """Let SQLite write zeros over what this connection deletes from now on; PostgreSQL's vacuum does that by itself."""
    if is_sqlite():
        session.connection().exec_driver_sql("PRAGMA secure_delete=ON")


def settle_deleted() -> None:
    """Let SQLite bring the zeros from its journal into the file and empty the journal; one that is busy does it later
    by itself."""
    if is_sqlite():
        run_in_thread(_empty_journal, str(_engine().url.database))


def _empty_journal(file: str) -> None:
    with closing(sqlite3.connect(file, timeout=5)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def is_sqlite() -> bool:
    """Whether the database is SQLite, whose questions are answered inside this process."""
    return _engine().dialect.name == "sqlite"


def fetch_beside(query: Select[*tuple[Any, ...]]) -> list[Any]:
    """The rows of a question that may take long, while everybody else is served.

    On SQLite a thread asks it on a connection of its own; PostgreSQL's driver lets others run while it waits.
    """
    engine = _reader()
    if engine.dialect.name != "sqlite":
        with engine.connect() as connection:
            return list(in_turns(connection.execute(query), MANY))
    compiled: Any = query.compile(engine, compile_kwargs={"render_postcompile": True})
    values = [_as_stored(engine, compiled.binds.get(name), compiled.params[name]) for name in compiled.positiontup]
    return run_in_thread(_ask_sqlite, str(engine.url.database), str(compiled), values)


def _as_stored(engine: Engine, bind: Any, value: Any) -> Any:
    """A value as SQLite has it: a time, say, is text there. Those of a list have no `bind` of their own."""
    processor = bind.type.dialect_impl(engine.dialect).bind_processor(engine.dialect) if bind is not None else None
    return processor(value) if processor else value


def _ask_sqlite(file: str, statement: str, values: list[Any]) -> list[Any]:
    with closing(sqlite3.connect(f"{Path(file).absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
        return connection.execute(statement, values).fetchall()
