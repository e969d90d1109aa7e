"""History: a page of messages, or one of them, as a member may see it."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from widget import db
from widget.chat.conversations import membership, visibility
from widget.chat.errors import NotFound
from widget.chat.messages.loading import WITH_RELATED
from widget.i18n import _
from widget.models import Member, Message, User

PAGE = 40
"""How many messages a page of history holds."""


class Page(NamedTuple):
    """A page of history, oldest message first."""

    messages: list[Message]
    older: bool
    """Whether there are messages before it."""
    newer: bool
    """Whether there are messages after it."""


def visible(session: Session, user: User, message_id: str) -> tuple[Message, Member]:
    """A message that `user` can see, with their member; raises NotFound alike for none and for somebody else's."""
    message = session.get(Message, message_id, options=WITH_RELATED)
    with suppress(NotFound):  # in the same words, whether there is no message or no membership
        if message is not None:
            me = membership.member_of(session, user, message.conversation_id)
            if visibility.may_see(me, message):
                return message, me
    raise NotFound(_("There is no such message."))


def get(user: User, message_id: str) -> tuple[Message, Member]:
    """A message that `user` can see, with their member; raises NotFound."""
    with db.reading() as session:
        return visible(session, user, message_id)


def page(
    user: User,
    conversation_id: str,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
) -> Page:
    """A page of PAGE messages: the newest, or those before or after or around a number.

    Raises NotFound in foreign conversations. Who has left gets the messages until then.
    """
    with db.reading() as session:
        mine = visibility.visible_to(membership.member_of(session, user, conversation_id))
        query = select(Message).where(mine).options(*WITH_RELATED)
        backwards, forwards = Message.seq.desc(), Message.seq.asc()

        def read(condition: object, order: object, limit: int) -> list[Message]:
            return list(session.scalars(query.where(condition).order_by(order).limit(limit)))  # type: ignore[arg-type]

        if after is not None:
            later = read(Message.seq > after, forwards, PAGE + 1)
            return Page(later[:PAGE], after > 0, len(later) > PAGE)
        if around is not None:
            earlier = read(Message.seq < around, backwards, PAGE // 2 + 1)
            later = read(Message.seq >= around, forwards, PAGE // 2 + 1)
            older, newer = len(earlier) > PAGE // 2, len(later) > PAGE // 2
            return Page(earlier[: PAGE // 2][::-1] + later[: PAGE // 2], older, newer)
        earlier = read(Message.seq < before if before is not None else mine, backwards, PAGE + 1)
        newer = before is not None and bool(read(Message.seq >= before, forwards, 1))
        return Page(earlier[:PAGE][::-1], len(earlier) > PAGE, newer)


def load(message_id: str) -> Message | None:
    """A message with all that is shown of it, by id."""
    with db.reading() as session:
        return session.get(Message, message_id, options=WITH_RELATED)
