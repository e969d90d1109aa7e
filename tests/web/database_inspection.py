"""Database inspection: what a server has really kept in its database and Redis."""

from __future__ import annotations

from functools import cache
from typing import Any

from redis import Redis
from sqlalchemy import Connection, Engine, MetaData, Select, Table, create_engine, func, select, text

from tests import api, services

Contents = dict[str, list[tuple[Any, ...]]]


@cache
def engine(url: str) -> Engine:
    """A connection to the database of a server."""
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


@cache
def _tables(url: str) -> MetaData:
    found = MetaData()
    found.reflect(engine(url))
    return found


BACKGROUND = ("push_outbox", "notifications", "webhook_deliveries")
"""What is told to whom, and tried again for as long as nobody takes it: the process does so by itself."""


def contents(server: services.ChatServer) -> Contents:
    """Every row of every table, without what the process writes down by itself a moment later."""
    url = server.environ["DATABASE_URL"]
    with engine(url).connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(_kept(table))), key=repr)
            for table in _tables(url).sorted_tables
            if table.name not in BACKGROUND
        }


def written(server: services.ChatServer) -> int:
    """A number that is another one once anything was written: the same twice spares reading everything again."""
    url = server.environ["DATABASE_URL"]
    statement = "PRAGMA data_version" if url.startswith("sqlite") else "SELECT pg_snapshot_xmax(pg_current_snapshot())"
    return int(_watching(url).exec_driver_sql(statement).scalar())  # type: ignore[arg-type]


@cache
def _watching(url: str) -> Connection:
    # One connection: SQLite counts what others have written since this one last looked.
    return engine(url).connect().execution_options(isolation_level="AUTOCOMMIT")


def _kept(table: Table) -> Select[Any]:
    rows = select(*(column for column in table.c if column.name not in ("last_seen_at", "delivered_upto")))
    # What is over is deleted in the background: sessions, and files that are in no message.
    if table.name == "tokens":
        return rows.where(table.c.expires_at > func.now())
    if table.name == "attachments":
        waits = table.c.expires_at.is_(None) | (table.c.expires_at > func.now())
        return rows.where(table.c.message_id.is_not(None) | waits)
    return rows


def at_rest(server: services.ChatServer) -> Contents:
    """The contents once mesibo's worker, the publisher and the search index have nothing left to do."""

    def quiet() -> Contents | None:
        found = contents(server)
        waiting = [row for row in found["mesibo_outbox"] if "waiting" in row]
        return None if waiting or found["outbox"] or found["backfills"] else found

    return services.wait_for(quiet, "all work in the background to be done")


def run(server: services.ChatServer, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """One SQL statement on the server's database; its rows, if it has any."""
    with engine(server.environ["DATABASE_URL"]).begin() as connection:
        result = connection.execute(text(statement), values)
        return [tuple(row) for row in result] if result.returns_rows else []


def insert(server: services.ChatServer, table: str, rows: list[dict[str, Any]]) -> None:
    """Put rows into a table: what would take too many requests."""
    url = server.environ["DATABASE_URL"]
    with engine(url).begin() as connection:
        connection.execute(_tables(url).tables[table].insert(), rows)


def redis_of(server: services.ChatServer) -> Redis:
    """The server's Redis."""
    return Redis.from_url(server.environ["REDIS_URL"])


@cache
def _redis(url: str) -> Redis:
    """A connection that stays."""
    return Redis.from_url(url)


def log_of(person: api.Person) -> str:
    """The key of somebody's log."""
    return f"chat:{{{person.id}}}:log"


def forget_tries(server: services.ChatServer) -> None:
    """Let the server forget how often somebody did something, as if the time were over."""
    redis = _redis(server.environ["REDIS_URL"])
    for key in redis.scan_iter("LIMITS:*", count=1000):  # for each of thousands of wrong requests
        redis.delete(key)
