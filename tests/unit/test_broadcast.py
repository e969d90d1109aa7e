"""What reaches the tabs when things happen at the same moment; the app in this process, on real Redis and SQLite."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
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


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What happens, once, when the next message has been read and is not published yet."""
    publish, deeds = broadcast.publish, list[Callable[[], None]]()

    def publish_late(*events: Any, **options: Any) -> None:
        while deeds:
            deeds.pop()()
        publish(*events, **options)

    monkeypatch.setattr(broadcast, "publish", publish_late)
    return deeds


@pytest.mark.parametrize(("changed", "quoted"), [("edited", ["green", "black"]), ("reacted to", ["green"])])
def test_an_answer_is_published_again_if_what_it_quotes_got_other_words_in_that_moment_and_only_then(
    app: Flask, meanwhile: list[Callable[[], None]], changed: str, quoted: list[str]
) -> None:
    visitor = people.visit(None, Profile()).user
    conversation = conversations.all_of(visitor)[0].conversation.id
    original = messages.send(visitor, conversation, "green", str(uuid.uuid4())).message
    if changed == "edited":
        meanwhile.append(lambda: edits.edit(visitor, original.id, "black", timedelta(minutes=1)))
    else:
        meanwhile.append(lambda: edits.react(visitor, original.id, "👍"))
    answer = messages.send(visitor, conversation, "why?", str(uuid.uuid4()), reply_to=original.id).message
    shapes = [it["as_json"] for it in logged(app, visitor) if it["type"].startswith("message")]
    assert [it["quote"]["body"] for it in shapes if it["id"] == answer.id] == quoted
