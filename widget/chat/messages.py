"""Messages: what one is, how it is sent exactly once, and how the past is paged through."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from widget import db
from widget.chat import answering, conversations, files, previews
from widget.chat.conversations import SHOWN, TEAM_ID, Overview
from widget.chat.errors import Forbidden, NotFound, TooLarge, Unprocessable
from widget.chat.files import Facts
from widget.chat.signals import message_changed
from widget.models import (
    BODY_LIMIT,
    LINES,
    Conversation,
    Member,
    MesiboMessage,
    Message,
    Outbox,
    Unpublished,
    User,
    new_id,
    now,
)

PAGE = 40
"""How many messages a page of history holds."""

# Statements that every message needs are put together once: that is half of what a small one costs.
_SENT_BEFORE = select(Message.id).where(
    Message.sender_id == bindparam("sender"), Message.client_id == bindparam("client_id")
)
_COUNT = update(Conversation).where(Conversation.id == bindparam("of"))
_SAY, _PUBLISH, _HAND_OVER = insert(Message), insert(Unpublished), insert(Outbox).inline()


class Sent(NamedTuple):
    """The answer to sending."""

    message: Message
    me: Member
    """The chair it was said from."""
    members: list[Member]
    """All chairs of the conversation."""
    fresh: bool
    """False when this `client_id` had been sent before; then nothing happened."""


class Fresh(NamedTuple):
    """A message that was committed a moment ago: what it is known to be, as long as nothing else has happened."""

    message: Message
    views: list[Overview]
    """Its conversation as every chair had it then."""


class Came(NamedTuple):
    """How a message came from an agent's app: what it is called there. It does not leave again."""

    origin: str
    """The address that it was sent from."""
    mid: int


class Page(NamedTuple):
    """A page of history, oldest message first."""

    messages: list[Message]
    older: bool
    """Whether there are messages before it."""
    newer: bool
    """Whether there are messages after it."""


def check_body(body: str, may_be_empty: bool = False) -> None:
    """Raise Unprocessable for an empty text, where there has to be one, and TooLarge above BODY_LIMIT characters."""
    if not body.strip() and not may_be_empty:
        raise Unprocessable("A message needs some text.")
    if len(body) > BODY_LIMIT:
        raise TooLarge(f"A message has at most {BODY_LIMIT:,} characters; this one has {len(body):,}.")


def send(
    user: User,
    conversation_id: str,
    body: str,
    client_id: str,
    reply_to: str | None = None,
    upload: str | None = None,
    facts: Facts | None = None,
    preview: bool = False,
    came: Came | None = None,
) -> Sent:
    """Say something, once: the same `client_id` from the same user answers with the first message again.

    With `upload`, the id of a file that `user` has uploaded, the message carries it, and `body` may be empty;
    `facts` are what the browser knows of it. With `preview`, what its first link leads to is
    shown with it. Raises NotFound outside one's own conversations, Forbidden in those
    one has left, Unprocessable for an empty body, an answer to a message from elsewhere, a file that is not there
    or a `client_id` used in another conversation, TooLarge above BODY_LIMIT characters.
    """
    check_body(body, may_be_empty=True)

    def carry(session: Session, message: Message) -> None:
        check_body(body, may_be_empty=upload is not None)  # here: sending again brings no file
        if upload is not None:
            files.attach(session, user, message, upload, facts or Facts())
        previews.follow(session, message, preview)

    return _send(user, conversation_id, client_id, body, carry, reply_to=reply_to, came=came)


def forward(user: User, message_id: str, conversation_id: str, client_id: str, preview: bool = False) -> Sent:
    """Say in a conversation what a message says that `user` can see; raises like `send`, and for a deleted one."""
    with db.reading() as session:
        said, me = seen(session, user, message_id)
        hidden = conversations.changed_since_leaving(me, said)
        if said.deleted_at is not None or said.kind in LINES or hidden:
            raise Unprocessable("There is nothing in this message that could be forwarded.")

    def carry(session: Session, message: Message) -> None:
        files.attach_copy(session, user, message, said)
        previews.follow(session, message, preview and said.link is not None)

    return _send(user, conversation_id, client_id, said.body, carry, forwarded=True)


def sent_before(user: User, client_id: str) -> bool:
    """Whether `user` has sent a message with this `client_id`, so that trying again needs no file any more."""
    with db.reading() as session:
        return _earlier(session, user, client_id) is not None


def _earlier(session: Session, user: User, client_id: str) -> str | None:
    return session.scalar(_SENT_BEFORE, {"sender": user.id, "client_id": client_id})


def _send(
    user: User,
    conversation_id: str,
    client_id: str,
    body: str,
    carry: Callable[[Session, Message], None],
    reply_to: str | None = None,
    forwarded: bool = False,
    came: Came | None = None,
) -> Sent:
    with db.transaction() as session:
        # The lock puts senders in a line, so that numbers are given in the order of the commits, a retry that arrives
        # during the first try finds its message, and who was removed a moment ago says nothing more.
        conversation = conversations.locked(session, conversation_id)
        me, members = conversations.seat_among_all(session, user, conversation_id)
        earlier = _earlier(session, user, client_id)
        if earlier is not None:
            before = session.get_one(Message, earlier, options=SHOWN)
            if before.conversation_id != conversation_id:
                raise Unprocessable("This client_id belongs to a message in another conversation.")
            return Sent(before, me, members, False)
        conversations.must_be_present(me)
        original = session.get(Message, reply_to, options=SHOWN) if reply_to else None
        if reply_to is not None and (original is None or original.conversation_id != conversation_id):
            raise Unprocessable("The message that this one answers is not in this conversation.")
        message = append(session, conversation, me, user, body, client_id=client_id, forwarded=forwarded)
        if original is not None:
            message.original = original
        carry(session, message)
        if me.user_id == TEAM_ID:
            message.answered_after = answering.waited(session, message)
        if came is None:
            session.connection().execute(_HAND_OVER, {"message_id": message.id})
        elif session.get(MesiboMessage, came) is None:
            session.add(MesiboMessage(origin=came.origin, mid=came.mid, message_id=message.id))
        views = conversations.after(session, conversation, members, message)
    message_changed.send(message.id, first=True, fresh=Fresh(message, views))
    return Sent(message, me, members, True)


def append(
    session: Session,
    conversation: Conversation,
    me: Member,
    user: User,
    body: str,
    kind: str = "text",
    client_id: str | None = None,
    forwarded: bool = False,
) -> Message:
    """Add the next message to a conversation that is `locked`; the caller tells `message_changed` after the commit."""
    session.flush()
    count = {"last_seq": conversation.last_seq + 1, "revision": conversation.revision + 1, "updated_at": now()}
    columns = {
        "id": new_id(),
        "conversation_id": conversation.id,
        "seq": count["last_seq"],
        "member_id": me.id,
        "sender_id": user.id,
        "client_id": client_id or str(uuid.uuid4()),
        "kind": kind,
        "body": body,
        "reply_to": None,
        "forwarded": forwarded,
        "version": 0,
        "answered_after": None,
        "created_at": count["updated_at"],
        "edited_at": None,
        "deleted_at": None,
    }
    # By plain statements: the session's own way of finding out what is to be written costs several times as much.
    connection = session.connection()
    connection.execute(_COUNT, count | {"of": conversation.id})
    connection.execute(_SAY, columns)
    connection.execute(_PUBLISH, {"message_id": columns["id"]})
    for name, value in count.items():
        set_committed_value(conversation, name, value)
    message = Message(**columns)
    make_transient_to_detached(message)
    session.add(message)
    # What is known already need not be asked for.
    set_committed_value(message, "sender", user)
    set_committed_value(message, "reactions", [])
    for nothing_yet in ("original", "call", "attachment", "link", "refusal"):
        set_committed_value(message, nothing_yet, None)
    return message


def changed(session: Session, conversation: Conversation, message: Message) -> bool:
    """Note that a message of a `locked` conversation is another now, to be published again.

    Returns what `message_changed` is to be sent with as `first`: whether the tabs do not even know it yet.
    """
    message.version += 1
    conversation.revision += 1
    left = session.get(Unpublished, message.id, with_for_update=True)  # publishing, which deletes it, takes no lock
    if left is None:
        left = Unpublished(message_id=message.id, first=False)
        session.add(left)
    left.version = message.version
    return left.first


def seen(session: Session, user: User, message_id: str) -> tuple[Message, Member]:
    """A message that `user` can see, with their chair; raises NotFound alike for none and for somebody else's."""
    message = session.get(Message, message_id, options=SHOWN)
    with suppress(NotFound):  # in the same words, whether there is no message or no seat
        if message is not None:
            me = conversations.seat(session, user, message.conversation_id)
            if me.left_seq is None or message.seq <= me.left_seq:
                return message, me
    raise NotFound("There is no such message.")


def for_change(session: Session, user: User, message_id: str) -> tuple[Conversation, Message, Member]:
    """A message that `user` wants to change, with its conversation locked; raises NotFound and Forbidden."""
    where = session.scalar(select(Message.conversation_id).where(Message.id == message_id))
    if where is None:
        raise NotFound("There is no such message.")
    conversation = conversations.locked(session, where)
    message, me = seen(session, user, message_id)
    conversations.must_be_present(me)
    if message.kind in LINES:
        raise Forbidden("This line says what happened; nobody can change it.")
    return conversation, message, me


def look(user: User, message_id: str) -> tuple[Message, Member]:
    """A message that `user` can see, with their chair; raises NotFound."""
    with db.reading() as session:
        return seen(session, user, message_id)


def page(
    user: User,
    conversation_id: str,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
) -> Page:
    """A page of PAGE messages: the newest, or those before or after or around a number.

    Raises NotFound in foreign conversations. Who has left gets what was said until then.
    """
    with db.reading() as session:
        mine = conversations.visible_to(conversations.seat(session, user, conversation_id))
        query = select(Message).where(mine).options(*SHOWN)
        backwards, forwards = Message.seq.desc(), Message.seq.asc()

        def found(condition: object, order: object, limit: int) -> list[Message]:
            return list(session.scalars(query.where(condition).order_by(order).limit(limit)))  # type: ignore[arg-type]

        if after is not None:
            later = found(Message.seq > after, forwards, PAGE + 1)
            return Page(later[:PAGE], after > 0, len(later) > PAGE)
        if around is not None:
            earlier = found(Message.seq < around, backwards, PAGE // 2 + 1)
            later = found(Message.seq >= around, forwards, PAGE // 2 + 1)
            older, newer = len(earlier) > PAGE // 2, len(later) > PAGE // 2
            return Page(earlier[: PAGE // 2][::-1] + later[: PAGE // 2], older, newer)
        earlier = found(Message.seq < before if before is not None else mine, backwards, PAGE + 1)
        newer = before is not None and bool(found(Message.seq >= before, forwards, 1))
        return Page(earlier[:PAGE][::-1], len(earlier) > PAGE, newer)


def find(message_id: str) -> Message | None:
    """A message with all that is shown of it, by id."""
    with db.reading() as session:
        return session.get(Message, message_id, options=SHOWN)
