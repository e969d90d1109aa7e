"""Sending: how a message comes into a conversation, exactly once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from widget import db
from widget.chat import events, response_times
from widget.chat.attachments import files
from widget.chat.attachments.files import Measurements
from widget.chat.conversations import assignment, cases, membership, recent_unread, visibility
from widget.chat.conversations import views as conversation_views
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.views import ConversationView
from widget.chat.errors import Forbidden, NotFound, TooLarge, Unprocessable
from widget.chat.messages import content, link_previews, notes, preconditions
from widget.chat.messages.appending import append
from widget.chat.messages.content import Content
from widget.chat.messages.history import visible
from widget.chat.messages.loading import WITH_RELATED
from widget.chat.search import index
from widget.chat.users.recent_sessions import Credential
from widget.i18n import _, number
from widget.models import (
    BODY_LIMIT,
    SYSTEM_KINDS,
    Conversation,
    Member,
    Message,
    Outbox,
    User,
    as_plain,
)
from widget.text import clean

RECENTLY = timedelta(minutes=10)
"""What was written to for so short a time that an open list has its row."""


class Sent(NamedTuple):
    """The answer to sending."""

    message: Message
    me: Member
    """The member that sent it."""
    members: list[Member]
    """All members of the conversation."""
    created: bool
    """False when this `client_id` had been sent before; then nothing happened."""


class CreatedMessage(NamedTuple):
    """A message that was committed a moment ago: what it is known to be, as long as nothing else has happened."""

    message: Message
    views: list[ConversationView]
    """Its conversation as every member had it then."""
    row_stands: bool
    """Whether the team's lists have had its row a short time ago, and nothing but the news of this message, or that
    nobody waits any more, has changed in it."""


class ExternalId(NamedTuple):
    """What a message that came from outside (an agent's app) is called there. It does not leave again."""

    origin: str
    """The address that it was sent from."""
    number: int


def check_body(body: str, may_be_empty: bool = False) -> None:
    """Raise Unprocessable for an empty text, where there has to be one, and TooLarge above BODY_LIMIT characters."""
    if clean.is_blank(body) and not may_be_empty:
        raise Unprocessable(_("A message needs some text."))
    if len(body) > BODY_LIMIT:
        raise TooLarge(
            _(
                "A message has at most %(limit)s characters; this one has %(length)s.",
                limit=number(BODY_LIMIT),
                length=number(len(body)),
            )
        )


def send(
    user: User,
    conversation_id: str,
    body: str,
    client_id: str,
    reply_to: str | None = None,
    upload: str | None = None,
    measured: Measurements | None = None,
    preview: bool = False,
    external_id: ExternalId | None = None,
    private: bool = False,
    offered: Content | None = None,
    credential: Credential | None = None,
) -> Sent:
    """Send a message, once: the same `client_id` from the same user answers with the first message again.

    With `private` it is a note, which only the team may send and see. With `upload`, the id of a file that `user` has
    uploaded, the message carries it, and `body` may be empty; `measured` is what the browser knows of it. With
    `preview`, what its first link leads to is shown with it. Raises NotFound outside one's own conversations, Forbidden
    in those one has left and for a visitor's note, Conflict to a bot where people have taken over, Unprocessable for an
    empty body, an answer to a message from elsewhere, a file that is not there or a `client_id` used in another
    conversation, TooLarge above BODY_LIMIT characters. With a `credential` the session of `user` was only remembered:
    Unauthorized when it has ended, Forbidden when they are blocked.
    """
    check_body(body, may_be_empty=True)
    if private:
        notes.require_notes(user)
    if offered is not None:
        notes.require_team(user)
        if private:
            raise Unprocessable(_("A note has nothing to be answered with a click: no visitor sees it."))
        body = body if not clean.is_blank(body) else content.plain(offered)[:BODY_LIMIT]

    def carry(session: Session, message: Message) -> None:
        check_body(body, may_be_empty=upload is not None)  # here: sending again brings no file
        if offered is not None:
            message.content = offered
        if upload is not None:
            files.attach(session, user, message, upload, measured or Measurements())
        link_previews.attach_preview(session, message, preview)

    found = upload is None  # its words are known at once: a file's name is one of them
    return _send(
        user, conversation_id, client_id, body, carry, reply_to, False, external_id, private, credential, found
    )


def send_carrying(
    user: User, conversation_id: str, client_id: str, body: str, carry: Callable[[Session, Message], None]
) -> Sent:
    """Send a message, like `send`, in whose transaction `carry` adds to it; not for a `client_id` sent before."""
    return _send(user, conversation_id, client_id, body, carry)


def forward(user: User, message_id: str, conversation_id: str, client_id: str, preview: bool = False) -> Sent:
    """Send again, in any conversation, a message that `user` can see; raises like `send`, and for a deleted one."""
    with db.reading() as session:
        original, me = visible(session, user, message_id)
        notes.require_public(original)
        hidden = visibility.changed_since_leaving(me, original)
        if original.deleted_at is not None or original.kind in SYSTEM_KINDS or hidden:
            raise Unprocessable(_("There is nothing in this message to forward."))

    def carry(session: Session, message: Message) -> None:
        files.attach_copy(session, user, message, original)
        link_previews.attach_preview(session, message, preview and original.link is not None)

    return _send(user, conversation_id, client_id, original.body, carry, forwarded=True)


def sent_before(user: User, client_id: str) -> bool:
    """Whether `user` has sent a message with this `client_id`, so that trying again needs no file any more."""
    with db.reading() as session:
        earlier = session.scalar(preconditions.SENT_BEFORE, {"sender": user.id, "client_id": client_id})
    return earlier is not None


def _send(
    user: User,
    conversation_id: str,
    client_id: str,
    body: str,
    carry: Callable[[Session, Message], None],
    reply_to: str | None = None,
    forwarded: bool = False,
    external_id: ExternalId | None = None,
    private: bool = False,
    credential: Credential | None = None,
    found: bool = False,
) -> Sent:
    with db.transaction() as session:
        # The lock puts senders in a line, so that numbers are given in the order of the commits, a retry that arrives
        # during the first try finds its message, and who was removed a moment ago sends nothing more.
        conversation = membership.lock(session, conversation_id)
        me, members, facts = preconditions.ask(session, conversation, user, client_id, credential)
        if facts.earlier is not None:
            first = session.get_one(Message, facts.earlier, options=WITH_RELATED)
            if first.conversation_id != conversation_id:
                raise Unprocessable(_("This client_id belongs to a message in another conversation."))
            return Sent(first, me, members, False)
        membership.require_present(me)
        if user.kind == "bot" and not private:
            assignment.require_turn(session, conversation, user)
        before, updated_at = cases.state(conversation), conversation.updated_at
        original = _original(session, me, reply_to, private) if reply_to else None
        message = append(session, conversation, me, user, body, "text", client_id, forwarded, private, found=found)
        if original is not None:
            message.original = original
        carry(session, message)
        if me.user_id == TEAM_ID and not private:
            message.answered_after = response_times.seconds_waited(session, message)
        if not found:
            index.add_message(session, message)
        if message.seq == 1:
            index.put_user(session, user)
        if not private:
            cases.message_added(session, conversation, me, user, message)
        events.message_committing.send(
            message,
            session=session,
            external_id=external_id,
            has_webhooks=facts.has_webhooks,
            has_push=facts.has_push,
        )
        counts = conversation_views.unread_after(session, conversation, members, message)
    message, conversation = as_plain(message), as_plain(conversation)  # which are read a hundred times from here on
    conversation.members = members
    views = conversation_views.after_message(conversation, members, message, counts)
    recent_unread.note(conversation, {view.viewer: view.unread for view in views})
    after = cases.state(conversation)
    row_stands = after in (before, before._replace(waiting_since=None)) and message.created_at - updated_at < RECENTLY
    events.message_changed.send(message.id, first=True, created=CreatedMessage(message, views, row_stands))
    if after != before:
        events.work_changed.send(conversation_id, listed=True)
    if private:
        notes.tell_mentioned(message)
    return Sent(message, me, members, True)


def _original(session: Session, me: Member, message_id: str, private: bool) -> Message:
    """The message that a new one answers; raises Unprocessable when it is elsewhere, or would be told by the answer."""
    original = session.get(Message, message_id, options=WITH_RELATED)
    if original is None or not visibility.may_see(me, original):
        raise Unprocessable(_("The message that this one replies to is not in this conversation."))
    if not private:
        notes.require_public(original)
    return original


def mark_changed(session: Session, conversation: Conversation, message: Message) -> bool:
    """Note that a message of a `locked` conversation is another now, to be published again.

    Returns what `message_changed` is to be sent with as `first`: whether the tabs do not even know it yet.
    """
    message.version += 1
    conversation.revision += 1
    left = session.get(Outbox, message.id, with_for_update=True)  # publishing, which deletes it, takes no lock
    if left is None:
        left = Outbox(message_id=message.id, first=False)
        session.add(left)
    left.version = message.version
    return left.first


def lock_for_change(session: Session, user: User, message_id: str) -> tuple[Conversation, Message, Member]:
    """A message that `user` wants to change, with its conversation locked; raises NotFound and Forbidden."""
    where = session.scalar(select(Message.conversation_id).where(Message.id == message_id))
    if where is None:
        raise NotFound(_("There is no such message."))
    conversation = membership.lock(session, where)
    message, me = visible(session, user, message_id)
    membership.require_present(me)
    if message.kind in SYSTEM_KINDS:
        raise Forbidden(_("This line says what happened; nobody can change it."))
    return conversation, message, me
