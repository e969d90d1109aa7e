"""An archive of somebody's conversations: a zip with JSON, a page to read, and the files; made while it is sent."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from flask import stream_template
from sqlalchemy import select

from widget import db, storage
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.views import ConversationView
from widget.chat.messages import history
from widget.models import Attachment, Message, Token, User, now
from widget.threads import run_in_thread
from widget.web import serializers
from widget.web.serializers.base import Json, iso_time, optional_time

PIECE = 64 * 1024
"""How many characters are compressed at once."""

_LEFT_OUT = ("mine", "summary", "version", "status", "client_id")
"""What of a message is for tabs only."""

_ODD = re.compile(r"[^\w.() -]")
"""What some system does not take in the name of a file."""

Pages = Iterator[list[Json]]


class _Buffer:
    """A file that is only written to; what is in it is taken out piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """All of it is here."""

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


class _Kept(NamedTuple):
    """A file that messages carry, and where it lies in the archive."""

    key: str
    path: str


def of_person(user: User) -> Iterator[bytes]:
    """Everything that is known of a visitor: profile, sessions, and their conversations as they see them."""
    profile = serializers.profile(user) | {"locale": user.locale, "last_seen_at": optional_time(user.last_seen_at)}
    profile["attributes"] = user.attributes or {}
    with db.reading() as session:
        tokens = session.scalars(select(Token).where(Token.user_id == user.id).order_by(Token.created_at))
        sessions = [
            {
                "since": iso_time(it.created_at),
                "last_use": optional_time(it.used_at),
                "browser": it.browser,
                "network": it.address,
            }
            for it in tokens
        ]
    return _archive(user, conversation_views.list_for(user), {"person": profile, "sessions": sessions})


def of_conversation(user: User, conversation_id: str) -> Iterator[bytes]:
    """One conversation as `user` sees it; raises NotFound, before the first piece."""
    return _archive(user, [conversation_views.get(user, conversation_id)], {"person": serializers.user(user)})


def _archive(user: User, views: list[ConversationView], about: Json) -> Iterator[bytes]:
    """The bytes of the zip. The messages are read twice, page by page, so that no more than a page is in memory."""
    buffer = _Buffer()
    about |= {"made_at": iso_time(now())}
    kept: dict[str, _Kept] = {}
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, content in (
            ("data.json", _as_json(user, views, about, kept)),
            ("index.html", _as_page(user, views, about, kept)),
        ):
            with archive.open(_entry(name), "w") as file:
                for piece in _gathered(content):
                    run_in_thread(file.write, piece)
                    yield buffer.take()
        for it in kept.values():
            yield from _copy(archive, buffer, it)
    yield buffer.take()


def _entry(name: str, method: int = ZIP_DEFLATED) -> ZipInfo:
    entry = ZipInfo(name, time.gmtime()[:6])
    entry.compress_type = method
    return entry


def _copy(archive: ZipFile, buffer: _Buffer, kept: _Kept) -> Iterator[bytes]:
    """A file out of the storage; one that is gone is left out."""
    try:
        pieces = storage.current().read(kept.key)
        first = next(pieces, b"")
    except storage.Missing:
        return
    file: IO[bytes]
    with archive.open(_entry(kept.path, ZIP_STORED), "w") as file:
        file.write(first)
        for piece in pieces:
            file.write(piece)
            yield buffer.take()
    yield buffer.take()


def _pages(user: User, view: ConversationView, kept: dict[str, _Kept]) -> Pages:
    """All messages that `user` sees, oldest first."""
    after, more = 0, True
    while more:
        page = history.page(user, view.conversation.id, after=after)
        yield [_message(message, view, user, kept) for message in page.messages]
        after = page.messages[-1].seq if page.messages else after
        more = page.newer


def _message(message: Message, view: ConversationView, user: User, kept: dict[str, _Kept]) -> Json:
    shape = serializers.message(message, view.me, view.conversation.members, user.id)
    shape = {name: value for name, value in shape.items() if name not in _LEFT_OUT}
    if message.attachment is not None:
        file = kept.setdefault(message.attachment.id, _Kept(message.attachment.key, _path(message.attachment)))
        wanted = ("id", "name", "type", "size", "width", "height", "duration", "kind")
        shape["attachment"] = {name: shape["attachment"][name] for name in wanted} | {"file": file.path}
    return shape


def _path(attachment: Attachment) -> str:
    """Where a file lies: under its own name, as far as every system takes that."""
    name = _ODD.sub("_", attachment.name)[-100:]
    return f"files/{attachment.id}-{name}"


def _of(view: ConversationView) -> Json:
    shape = serializers.conversation(view)
    return {name: shape[name] for name in ("id", "kind", "title", "members")}


def _as_json(user: User, views: Iterable[ConversationView], about: Json, kept: dict[str, _Kept]) -> Iterator[str]:
    yield json.dumps(about, ensure_ascii=False, indent=1)[:-2] + ',\n "conversations": ['
    for number, view in enumerate(views):
        yield (",\n" if number else "\n") + json.dumps(_of(view), ensure_ascii=False)[:-1] + ', "messages": ['
        between = "\n"
        for page in _pages(user, view, kept):
            for message in page:
                yield between + json.dumps(message, ensure_ascii=False)
                between = ",\n"
        yield "\n]}"
    yield "\n]}\n"


def _as_page(user: User, views: Iterable[ConversationView], about: Json, kept: dict[str, _Kept]) -> Iterator[str]:
    conversations = ((_of(view), _pages(user, view, kept)) for view in views)
    return stream_template("exports/person.html", about=about, conversations=conversations)


def _gathered(texts: Iterable[str]) -> Iterator[bytes]:
    """The same in pieces that are worth a thread's time."""
    gathered: list[str] = []
    size = 0
    for text in texts:
        gathered.append(text)
        size += len(text)
        if size > PIECE:
            yield "".join(gathered).encode(errors="replace")
            gathered, size = [], 0
    yield "".join(gathered).encode(errors="replace")
