"""PostgreSQL that cuts its connections, as it does when it is restarted: the chat notices, and goes on by itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest

from tests import api, services


@pytest.fixture
def chat(redis_server: services.RedisServer, postgres: services.PostgresServer) -> Iterator[services.ChatServer]:
    with services.closing(services.ChatServer(redis_server.database(), postgres.database())) as server:
        yield server


def test_when_all_connections_to_the_database_were_cut_one_request_fails_at_most_and_sending_again_helps(
    chat: services.ChatServer,
) -> None:
    visitor = api.visitor(chat.url)
    conversation = visitor.conversation
    assert visitor.send("before", conversation).status_code == 201
    with psycopg.connect(chat.environ["DATABASE_URL"], autocommit=True) as database:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        cut = [pid for pid, _ in database.execute(f"SELECT pid, pg_terminate_backend(pid) {others}")]
        left = "SELECT 1 FROM pg_stat_activity WHERE pid = ANY(%s)"  # what the chat opens meanwhile is none of these
        services.wait_for(lambda: cut and not database.execute(left, [cut]).fetchall(), "the end of the connections")
        client_id = str(uuid.uuid4())
        answers = [visitor.send("after", conversation, client_id)]
        if answers[0].status_code == 503:
            answers.append(visitor.send("after", conversation, client_id))
    assert answers[-1].status_code == 201
    assert [it["body"] for it in visitor.history()] == ["before", "after"]
