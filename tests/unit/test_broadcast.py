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

from tests import services
from widget import create_app, extensions, migrations, settings
from widget.broadcast import messages
from widget.chat.conversations import views as conversation_views
from widget.chat.messages import edits, sending
from widget.chat.users import visitors
from widget.chat.users.visitors import Profile
from widget.models import User


@pytest.fixture
def app(redis_server: services.RedisServer, tmp_path: Path) -> Iterator[Flask]:
    environ = {"REDIS_URL": redis_server.database(), "DATABASE_URL": f"sqlite:///{tmp_path}/chat.db"}
    app = create_app(settings.from_environ(environ))
    migrations.upgrade(extensions.of(app).engine)
    with app.app_context():
        yield app
    extensions.of(app).engine.dispose()


def logged(app: Flask, user: User) -> list[dict[str, Any]]:
    """What stands in somebody's log, oldest first."""
    log = extensions.of(app).log
    found = log.redis.xrange(f"chat:{{{user.id}}}:log")
    return [json.loads(fields[b"e"].partition(b"\n")[0]) for _, fields in found if fields[b"e"]]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What happens, once, when the next message has been read and is not published yet."""
    publish, happenings = messages.publish, list[Callable[[], None]]()

    def publish_late(*events: Any, **options: Any) -> dict[str, int]:
        while happenings:
            happenings.pop()()
        return publish(*events, **options)

    monkeypatch.setattr(messages, "publish", publish_late)
    return happenings


@pytest.mark.parametrize(("changed", "quoted"), [("edited", ["green", "black"]), ("reacted to", ["green"])])
def test_an_answer_is_published_again_if_what_it_quotes_got_other_words_in_that_moment_and_only_then(
    app: Flask, meanwhile: list[Callable[[], None]], changed: str, quoted: list[str]
) -> None:
    visitor = visitors.open_session(None, Profile()).user
    conversation = conversation_views.list_for(visitor)[0].conversation.id
    original = sending.send(visitor, conversation, "green", str(uuid.uuid4())).message
    if changed == "edited":
        meanwhile.append(lambda: edits.edit(visitor, original.id, "black", timedelta(minutes=1)))
    else:
        meanwhile.append(lambda: edits.react(visitor, original.id, "👍"))
    answer = sending.send(visitor, conversation, "why?", str(uuid.uuid4()), reply_to=original.id).message
    shapes = [it["as_json"] for it in logged(app, visitor) if it["type"].startswith("message")]
    assert [it["quote"]["body"] for it in shapes if it["id"] == answer.id] == quoted
