"""A deployment on a machine that has other things to do."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import event

from tests import services
from widget import extensions

if TYPE_CHECKING:
    from flask import Flask

    from widget.chat.messages.sending import CreatedMessage
    from widget.realtime.log import Entry


def held_up() -> Flask:
    """The app on a machine that has other things to do: on its way from the commit to the tabs, and when it asks
    PostgreSQL, it is held up for some milliseconds, and so overtaken more often than on a quiet one."""
    from app import app
    from widget.broadcast import messages
    from widget.realtime.log import Log

    def hold_up(chance: float, longest: float) -> None:
        if random.random() < chance:
            time.sleep(random.uniform(0, longest))  # what else the machine does meanwhile

    publish, append = messages.publish_message, Log.append

    def publish_late(message_id: str, first: bool, created: CreatedMessage | None = None) -> None:
        hold_up(0.3, 0.02)
        publish(message_id, first, created)

    def append_late(log: Log, entries: Iterable[Entry]) -> dict[str, int]:
        hold_up(0.7, 0.08)
        return append(log, entries)

    messages.publish_message = publish_late
    Log.append = append_late  # type: ignore[method-assign]
    engine = extensions.of(app).engine
    if engine.dialect.name == "postgresql":  # SQLite would keep all others waiting meanwhile
        event.listen(engine, "before_cursor_execute", lambda *_: hold_up(0.2, 0.005))
    return app


class BusyServer(services.ChatServer):
    """The chat with two processes on a busy machine: requests and tabs are spread over both."""

    app = "tests.web.busy:held_up()"

    def __init__(self, redis_url: str, database_url: str):
        super().__init__(redis_url, database_url, WEB_CONCURRENCY="2")
