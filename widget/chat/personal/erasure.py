"""Erasure: somebody's personal data goes, and what others need to read on says "Deleted user"."""

from __future__ import annotations

import logging
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from widget import db, i18n, storage
from widget.chat import audit, events
from widget.chat.attachments import files
from widget.chat.conversations import groups, membership
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import NotFound, Unprocessable
from widget.chat.messages import edits, system
from widget.chat.messages.loading import WITH_RELATED
from widget.chat.personal import deletion
from widget.chat.users import names as visitor_names
from widget.chat.users import tokens
from widget.i18n import _
from widget.models import (
    SYSTEM_KINDS,
    Attachment,
    Block,
    Member,
    MesiboUser,
    Message,
    Notification,
    PersonNote,
    Reaction,
    User,
    UserSearch,
    WebhookDelivery,
    now,
)

_log = logging.getLogger(__name__)


class Erased(NamedTuple):
    """What was erased."""

    conversations: int
    """How many are gone."""
    groups: int
    """How many go on without them."""


def erase(user_id: str, by: User | None = None) -> Erased:
    """Erase a visitor: sessions, conversations with the team, files, what is searched in, and what is on its way.

    In conversations that others are in, what they wrote is deleted and their name is "Deleted user". `by` is the agent
    who asks for it, None for whoever runs the server and for the visitor. Begun and interrupted, it can be done again.
    Raises NotFound, and Unprocessable for somebody of the team.
    """
    names, picture = _close(user_id, by)
    own, shared = _conversations_of(user_id)
    for conversation_id in own:
        deletion.delete_conversation(conversation_id)
    others: set[str] = set()
    for conversation_id in shared:
        others.update(_leave(user_id, conversation_id, names))
    with db.transaction() as session:
        deletion.release_files(session, Attachment.user_id == user_id)
        session.execute(delete(Notification).where(Notification.conversation_id.in_(own)))
    deletion.delete_users_without_conversation([user_id])
    _delete_files()
    db.settle_deleted()
    events.person_erased.send(user_id, readers=others - {user_id, TEAM_ID})
    if picture:
        events.pictures_dropped.send({picture})
    return Erased(len(own), len(shared))


def _close(user_id: str, by: User | None) -> tuple[set[str], str | None]:
    """End the sessions and forget who it is; returns what they were called, and the address of their picture."""
    with db.transaction() as session:
        user = session.get(User, user_id, with_for_update=True)
        if user is None:
            raise NotFound(_("There is nobody of this id."))
        if user.kind != "visitor":
            raise Unprocessable(_("%(name)s is of the team; agents remove takes them out of it.", name=user.name))
        names, picture = {user.name}, user.picture
        user.removed_at = user.removed_at or now()
        with i18n.reader(None):
            user.name = _("Deleted user")
        user.email = user.picture = user.external_id = user.locale = user.last_seen_at = None
        user.person_id = user.corrected = user.attributes = user.proved_email = None
        ended = tokens.revoke_all(session, user_id)
        for table in (UserSearch, MesiboUser, PersonNote):
            session.execute(delete(table).where(table.user_id == user_id))
        session.execute(delete(Block).where(Block.kind == "visitor", Block.value == user_id))
        audit.record(session, by or session.get_one(User, TEAM_ID), "person.erase", user_id)
    tokens.announce(ended)
    return names, picture


def _conversations_of(user_id: str) -> tuple[list[str], list[str]]:
    """The ids of the conversations in which nobody else was, but the team; and of all others."""
    with db.reading() as session:
        theirs = select(Member.conversation_id).where(Member.user_id == user_id)
        others = (
            select(Member.conversation_id)
            .where(Member.conversation_id.in_(theirs), Member.user_id.not_in([user_id, TEAM_ID]))
            .distinct()
        )
        shared = set(session.scalars(others))
        found = list(session.scalars(theirs))
    return [it for it in found if it not in shared], [it for it in found if it in shared]


def _leave(user_id: str, conversation_id: str, names: set[str]) -> list[str]:
    """Take somebody and their words out of a conversation of others; returns the ids of those who are in it."""
    with db.reading() as session:
        own = select(Message.id).where(Message.conversation_id == conversation_id, Message.sender_id == user_id)
        ids = list(session.scalars(own.order_by(Message.seq)))
    for message_id in ids:  # one after the other, so that others can go on writing in between
        _empty(conversation_id, message_id)
    with db.transaction() as session:
        group = membership.lock(session, conversation_id)
        user = session.get_one(User, user_id)
        me = membership.member_of(session, user, conversation_id)
        session.execute(delete(Reaction).where(Reaction.member_id == me.id))
        # What programs were told, or are being told, is read anew from what is left.
        told = update(WebhookDelivery).where(WebhookDelivery.conversation_id == conversation_id)
        session.execute(told.values(body=None))
        line = groups.leave(session, group, me, user, revoke=True) if me.left_at is None else None
        _rename(session, conversation_id, user, names)
        others = [it.user_id for it in membership.members_of(session, conversation_id) if it.left_at is None]
    if line is not None:
        events.message_changed.send(line.id, first=True)
    return others


def _empty(conversation_id: str, message_id: str) -> None:
    with db.transaction() as session:
        conversation = membership.lock(session, conversation_id)
        message = session.get_one(Message, message_id, options=WITH_RELATED)
        if message.kind in SYSTEM_KINDS or message.deleted_at is not None:
            return
        first = edits.empty(session, conversation, message)
    events.message_changed.send(message_id, first=first)


def _rename(session: Session, conversation_id: str, user: User, names: set[str]) -> None:
    """Let the lines that say what happened name nobody.

    A line keeps the names as they were then, and no ids but its author's; a visitor without a name was called by the
    beginning of their id.
    """
    lines = list(
        session.scalars(
            select(Message).where(Message.conversation_id == conversation_id, Message.event.in_(system.EVENTS))
        )
    )
    own = [line for line in lines if line.sender_id == user.id]
    names |= {str((line.params or {}).get("user")) for line in own}
    codes = tuple(f" {it}" for it in visitor_names.codes(user.id))
    for line in own:
        system.rename(line, user=user.name)
    for line in lines:
        other = str((line.params or {}).get("other", ""))
        if other in names or other.endswith(codes):
            system.rename(line, other=user.name)


def _delete_files() -> None:
    """Throw away the files of what was erased; where the storage is away, the sweeper does it later."""
    try:
        while files.delete_expired():
            pass
    except storage.Unreachable as error:
        _log.warning("files of somebody who was erased are deleted later: %s", error)
