"""Invitations: links that let their bearer join a conversation, until they expire or are revoked."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from widget import db
from widget.chat.conversations import groups, membership
from widget.chat.errors import Expired, NotFound, Unprocessable
from widget.chat.events import message_changed
from widget.chat.messages import system
from widget.i18n import _, ngettext
from widget.models import Conversation, Invite, User, now

_TOKEN = re.compile(r"[\w-]{1,43}", re.ASCII)  # a database would not even look for some characters

LIFETIME = timedelta(days=7)
OPEN_LIMIT = 20
"""How many invitations to one conversation may be open at a time."""


def create(user: User, conversation_id: str) -> Invite:
    """Make an invitation; raises NotFound, and Forbidden to those who are no owners."""
    with db.transaction() as session:
        group = groups.lock_as_owner(session, user, conversation_id)[0]
        if len(_open(session, group.id)) >= OPEN_LIMIT:
            raise Unprocessable(
                ngettext(
                    "There is %(num)s open invitation already; revoke it first.",
                    "There are %(num)s open invitations already; revoke one first.",
                    OPEN_LIMIT,
                )
            )
        invite = Invite(
            token=secrets.token_urlsafe(16),
            conversation_id=group.id,
            user_id=user.id,
            expires_at=now() + LIFETIME,
        )
        session.add(invite)
    return invite


def list_open(user: User, conversation_id: str) -> list[Invite]:
    """The invitations that are open, for an owner; none for anybody else. Raises NotFound."""
    with db.reading() as session:
        me = membership.member_of(session, user, conversation_id)
        return _open(session, conversation_id) if me.role == "owner" and me.left_at is None else []


def _open(session: Session, conversation_id: str) -> list[Invite]:
    query = select(Invite).where(Invite.conversation_id == conversation_id, Invite.expires_at > now())
    return list(session.scalars(query.options(joinedload(Invite.user)).order_by(Invite.created_at)))


def get(token: str) -> tuple[Invite, str | None]:
    """An invitation and the name of the group it leads to; raises NotFound, or Expired."""
    with db.reading() as session:
        invite = _valid(session, token)
        return invite, session.get_one(Conversation, invite.conversation_id).title


def join(user: User, token: str) -> str:
    """Join by an invitation; returns the conversation's id. Joining again changes nothing.

    Raises NotFound, Expired (also once it is revoked), Forbidden to somebody who was removed.
    """
    with db.transaction() as session:
        invite = _valid(session, token)
        group = membership.lock(session, invite.conversation_id)
        user = session.get_one(User, user.id)
        if not groups.add_member(session, group, user, token):
            return group.id
        me = membership.member_of(session, user, group.id)
        line = system.append(session, group, me, user, "member-joined", other=invite.user.name)
        me.read_upto = me.delivered_upto = line.seq
    message_changed.send(line.id, first=True)
    return group.id


def revoke(user: User, token: str) -> str:
    """End an invitation; returns its conversation's id. Raises NotFound, and Forbidden to those who are no owners."""
    with db.transaction() as session:
        invite = _find(session, token)
        try:
            groups.lock_as_owner(session, user, invite.conversation_id)
        except NotFound:
            raise NotFound(_("There is no such invitation.")) from None
        invite.expires_at = min(invite.expires_at, now())
    return invite.conversation_id


def _find(session: Session, token: str) -> Invite:
    invite = session.get(Invite, token, options=[joinedload(Invite.user)]) if _TOKEN.fullmatch(token) else None
    if invite is None:
        raise NotFound(_("There is no such invitation."))
    return invite


def _valid(session: Session, token: str) -> Invite:
    invite = _find(session, token)
    if invite.expires_at <= now():
        raise Expired(_("This invitation has expired or was revoked; ask for a new one."))
    return invite
