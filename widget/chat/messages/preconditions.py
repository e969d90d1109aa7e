"""What has to be known before a message is added to a conversation: asked in one go, since every message needs it.

By a plain statement: the session's own way of reading costs several times as much.
"""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from sqlalchemy import and_, bindparam, exists, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from widget import db
from widget.chat import blocks
from widget.chat.conversations import membership
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.users import recent_sessions, tokens
from widget.chat.users.recent_sessions import Credential
from widget.models import (
    Case,
    Conversation,
    ConversationLabel,
    Member,
    Message,
    PushSubscription,
    User,
    Webhook,
    now,
    plain,
    stored_or_none,
    table_of,
)
from widget.prepared import Prepared

SENT_BEFORE = select(Message.id).where(
    Message.sender_id == bindparam("sender"), Message.client_id == bindparam("client_id")
)
"""The id of the message that a user has sent with a `client_id`."""

_member, _user, _case, _label = (table_of(it) for it in (Member, User, Case, ConversationLabel))
_assignee = _user.alias()
_is_team = _member.c.user_id == TEAM_ID  # in whose row stands what is the same for all
_SHOWN = ("id", "kind", "name", "email", "picture", "external_id", "team_id", "locale", "scopes")
"""What is read of each member's user; of who sends the message, the rest is known already."""

_QUESTION = Prepared(
    select(
        SENT_BEFORE.scalar_subquery(),
        exists().where(_label.c.conversation_id == bindparam("id")),
        exists(select(Webhook.id)),
        exists(select(PushSubscription.id)),
        recent_sessions.IS_GOOD,
        blocks.IS_SENDER_BLOCKED,
        *_member.columns,
        *(_user.columns[name] for name in _SHOWN),
        *_case.columns,
        *_assignee.columns,
    )
    .select_from(_member.join(_user, _user.c.id == _member.c.user_id))
    .outerjoin(_case, and_(_case.c.id == bindparam("case"), _is_team))
    .outerjoin(_assignee, and_(_assignee.c.id == bindparam("assignee"), _is_team))
    .where(_member.c.conversation_id == bindparam("id"))
    .order_by(_member.c.joined_at, _member.c.id)
)


class Facts(NamedTuple):
    """What the question answers besides rows, in its order."""

    earlier: str | None
    """The id of the message that was sent with the same `client_id`."""
    is_labelled: bool
    has_webhooks: bool
    """Whether there is any webhook at all that may have to be told; so it need not be asked by itself."""
    has_push: bool
    """The same for browsers that take notifications."""
    is_good: bool
    """Whether the sender's session lets them in still."""
    is_blocked: bool


class Preconditions(NamedTuple):
    """What is known of a conversation when a message is about to be added to it."""

    me: Member
    """The member that sends it."""
    members: list[Member]
    """All members, also those who have left."""
    facts: Facts


def ask(
    session: Session, conversation: Conversation, user: User, client_id: str, credential: Credential | None = None
) -> Preconditions:
    """Who is in a conversation that is locked, and whether `user` has sent this before; reads its case, assignee and
    labels too, each only if there are any. Raises NotFound to whoever is no member; with a `credential` Unauthorized
    when their session has ended, and Forbidden when they are blocked."""
    values: dict[str, object] = {"sender": user.id, "client_id": client_id, "now": now()}
    values |= {"id": conversation.id, "case": conversation.case_id, "assignee": conversation.assignee_id}
    values |= (credential or Credential("", ""))._asdict()
    members: list[Member] = []
    case, assignee = None, None
    for row in _QUESTION.execute(db.connection_of(session), values):
        columns = iter(row)
        facts = Facts(*islice(columns, len(Facts._fields)))
        member, person = plain(Member, _member.columns.keys(), columns), plain(User, _SHOWN, columns)
        if person.id == user.id:  # an object of SQLAlchemy's, because it belongs to the message; as they are now
            vars(user).update(vars(person))
            person = user
        member.__dict__["user"] = person
        members.append(member)
        if member.user_id == TEAM_ID:
            case, assignee = plain(Case, _case.columns.keys(), columns), stored_or_none(User, columns)
    me = membership.own_of(members, user)
    if credential is not None and not facts.is_good:
        raise tokens.ended()
    if credential is not None and facts.is_blocked:
        raise blocks.refusal()
    # To be looked at: who changes it reads it as `cases.current`.
    set_committed_value(conversation, "case", case if case is not None and case.id is not None else None)
    set_committed_value(conversation, "assignee", assignee)
    if not facts.is_labelled:
        set_committed_value(conversation, "labels", [])
    return Preconditions(me, members, facts)
