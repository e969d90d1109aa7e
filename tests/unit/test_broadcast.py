"""What reaches the tabs when things happen at the same moment; the app in this process, on real Redis and SQLite."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests import parts
from widget import broadcast, create_app, db, migrations, settings
from widget.chat import conversations, edits, messages, people
from widget.chat.people import Profile
from widget.models import User
from widget.stream import events


@pytest.fixture
def app(redis_server: parts.RedisServer, tmp_path: Path) -> Iterator[Flask]:
    environ = {"REDIS_URL": redis_server.database(), "DATABASE_URL": f"sqlite:///{tmp_path}/chat.db"}
    app = create_app(settings.from_environ(environ))
    migrations.upgrade(app.extensions[db.EXTENSION])
    with app.app_context():
        yield app
    app.extensions[db.EXTENSION].dispose()


def logged(app: Flask, user: User) -> list[dict[str, Any]]:
    """What stands in somebody's log, oldest first."""
    log = app.extensions[events.EXTENSION]
    found = log.redis.xrange(f"chat:{{{user.id}}}:log")
    return [json.loads(fields[b"e"].partition(b"\n")[0]) for _, fields in found if fields[b"e"]]


def test_an_answer_that_quotes_what_is_edited_in_that_moment_ends_with_the_new_words(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = people.visit(None, Profile()).user
    conversation = conversations.all_of(visitor)[0].conversation.id
    original = messages.send(visitor, conversation, "green", str(uuid.uuid4())).message
    publish, edited = broadcast.publish, []

    def edit_first(*events: Any, **options: Any) -> None:
        """The answer has been read, and is not published yet, when the edit comes in between."""
        if not edited:
            edited.append(True)
            edits.edit(visitor, original.id, "black", timedelta(minutes=1))
        publish(*events, **options)

    monkeypatch.setattr(broadcast, "publish", edit_first)
    answer = messages.send(visitor, conversation, "why?", str(uuid.uuid4()), reply_to=original.id).message
    shapes = [it["as_json"] for it in logged(app, visitor) if it["type"].startswith("message")]
    assert [it["quote"]["body"] for it in shapes if it["id"] == answer.id] == ["green", "black"]
