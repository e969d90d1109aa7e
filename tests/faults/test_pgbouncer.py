"""Behind PgBouncer in transaction mode every statement may meet another connection to PostgreSQL."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from tests import api, services
from tests.faults.processes import bodies
from widget import db, settings


@pytest.fixture(scope="module")
def bounced(postgres: services.PostgresServer) -> Iterator[str]:
    """The address of an empty database by way of PgBouncer."""
    with services.closing(services.PgBouncer(postgres)) as bouncer:
        url = bouncer.in_front_of(postgres.database())
        services.wait_for(lambda: answers(url), "PgBouncer")
        yield url


def answers(url: str) -> bool:
    try:
        with create_engine(sqlalchemy_url(url), poolclass=NullPool).connect() as connection:
            return bool(connection.scalar(text("SELECT 1")))
    except DatabaseError:
        return False


def sqlalchemy_url(url: str) -> str:
    return settings.from_environ({"DATABASE_URL": url}).database_url


def ask_by_two_connections(url: str, prepare: bool) -> None:
    """One statement, often enough to be prepared, on two connections that PgBouncer serves by one of its own."""
    engine = db.connect(sqlalchemy_url(url), prepare)
    with engine.connect() as one, engine.connect() as other:
        for connection in (one, other):
            for number in range(10):
                with connection.begin():
                    assert connection.scalar(text("SELECT :number + 1"), {"number": number}) == number + 1
    engine.dispose()


def test_a_database_behind_pgbouncer_is_asked_without_prepared_statements_when_told_so(bounced: str) -> None:
    with pytest.raises(DatabaseError, match="prepared statement"):
        ask_by_two_connections(bounced, prepare=True)
    ask_by_two_connections(bounced, prepare=False)


def test_three_hundred_posts_at_once_behind_pgbouncer_are_all_accepted(
    bounced: str, redis_server: services.RedisServer
) -> None:
    environ = {"DATABASE_PREPARE": "off", "WEB_CONCURRENCY": "2"}
    with services.closing(services.ChatServer(redis_server.database(), bounced, **environ)) as chat:
        visitors = [api.visitor(chat.url) for _ in range(10)]
        conversations = [visitor.conversation for visitor in visitors]
        stream = visitors[0].listen()

        def post(number: int) -> int:
            whose = number % len(visitors)
            client_id = str(uuid.uuid4())

            def status() -> int:
                found = visitors[whose].send(f"message {number}", conversations[whose], client_id).status_code
                return 0 if found == 503 else found  # a slow machine says to try again, and browsers do

            return services.wait_for(status, "an answer", within=60)

        with ThreadPoolExecutor(300) as crowd:
            assert Counter(crowd.map(post, range(300))) == {201: 300}
        services.wait_for(lambda: len(bodies(stream, conversations[0])) == 30, "all of one's own")
        stream.close()
