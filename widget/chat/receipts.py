"""Receipts: two watermarks a member, never a row a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import case, select, update

from widget import db
from widget.chat.conversations import membership, unread, visibility
from widget.chat.errors import Unprocessable
from widget.chat.events import messages_delivered, messages_read
from widget.i18n import _
from widget.models import Member, Message, User


def mark_read(user: User, conversation_id: str, upto: int) -> bool:
    """Move the user's read watermark forward to message number `upto`; what is read is delivered, too.

    An agent has a watermark of their own; the team's, which the others are told, goes along. Never moves backwards;
    returns False when nothing changed. Raises NotFound in foreign conversations and
    Unprocessable for a number that no message has yet. Who has left changes nothing.
    """
    with db.transaction() as session:
        conversation = membership.lock(session, conversation_id)
        member = membership.member_of(session, user, conversation_id)
        for_team = visibility.is_team(member)
        newest = conversation.last_seq if for_team else visibility.newest(conversation, member)
        if upto > newest:
            raise Unprocessable(
                _("There is no message %(upto)s yet; the newest is %(newest)s.", upto=upto, newest=newest)
            )
        own = for_team and user.team_id is not None and unread.mark(session, user, conversation_id, upto)
        if for_team:
            upto = visibility.newest_public(session, conversation, upto)
        further = case((Member.delivered_upto < upto, upto), else_=Member.delivered_upto)
        moved = session.execute(
            update(Member)
            .where(Member.id == member.id, Member.read_upto < upto, Member.left_at.is_(None))
            .values(read_upto=upto, delivered_upto=further)
            .returning(Member.id)
        ).first()
        if moved is None and not own:
            return False
        conversation.revision += 1
    messages_read.send(conversation_id, member_id=member.id, reader=user.id, moved=moved is not None)
    return True


def mark_delivered(marks: Mapping[tuple[str, str], int]) -> None:
    """Move delivered watermarks forward: (user id, conversation id) to the number that a tab of theirs has."""
    moved: list[tuple[str, str]] = []
    with db.transaction() as session:
        users = {user_id for user_id, _ in marks}
        principals = {user.id: user.principal_id for user in session.scalars(select(User).where(User.id.in_(users)))}
        furthest: dict[tuple[str, str], int] = {}  # of a team, whichever of its agents has it
        for (user_id, conversation_id), upto in marks.items():
            if user_id in principals:
                mark = conversation_id, principals[user_id]
                furthest[mark] = max(upto, furthest.get(mark, 0))
        # In one order everywhere, so that two processes never wait for each other.
        for (conversation_id, principal_id), upto in sorted(furthest.items()):
            member_id = session.scalar(
                update(Member)
                .where(Member.conversation_id == conversation_id, Member.user_id == principal_id)
                .where(Member.delivered_upto < upto, Member.left_at.is_(None))
                .values(delivered_upto=upto)
                .returning(Member.id)
            )
            if member_id is not None:
                moved.append((conversation_id, member_id))
    for conversation_id, member_id in moved:
        messages_delivered.send(conversation_id, member_id=member_id)


class Watermarks:
    """How far all members of a conversation who are here have got; gone through once, however many ask."""

    def __init__(self, members: Iterable[Member]):
        here = [member for member in members if member.left_at is None]
        # The last two: one of them is not whoever asks.
        self._read = sorted([(member.read_upto, member.id) for member in here])[:2]
        self._delivered = sorted([(member.delivered_upto, member.id) for member in here])[:2]

    def read_by_all(self, me: Member) -> int:
        """The number up to which everyone else has read what `me` wrote."""
        return _of_others(self._read, me)

    def delivered_to_all(self, me: Member) -> int:
        """The number up to which everyone else has what `me` wrote in a tab."""
        return _of_others(self._delivered, me)

    def status(self, message: Message, me: Member) -> str:
        """`read` when all others have read this message, `delivered` when it has reached them, else `sent`."""
        if message.private:
            return "sent"  # nobody is to know more of it
        if message.seq <= self.read_by_all(me):
            return "read"
        return "delivered" if message.seq <= self.delivered_to_all(me) else "sent"


def _of_others(least: list[tuple[int, str]], me: Member) -> int:
    """The least of watermarks but one's own; `least` has two of them with their members."""
    if least and least[0][1] != me.id:
        return least[0][0]
    return least[1][0] if len(least) > 1 else 0


def status(message: Message, me: Member, members: Iterable[Member]) -> str:
    """How far one message has got, as `me` has it: as `Watermarks` say it, but over as soon as somebody lacks it."""
    if message.private:
        return "sent"
    others = [it for it in members if it.left_at is None and it.id != me.id]
    if not others or any(it.delivered_upto < message.seq for it in others):
        return "sent"
    return "delivered" if any(it.read_upto < message.seq for it in others) else "read"


def per_member(message: Message, members: Iterable[Member]) -> list[tuple[Member, str]]:
    """How far a message has got with each member who was there when it was sent, other than its author."""
    if message.private:
        return []
    there = [it for it in members if it.id != message.member_id and it.joined_at <= message.created_at]
    return [
        (it, "read" if message.seq <= it.read_upto else "delivered" if message.seq <= it.delivered_upto else "sent")
        for it in there
        if it.left_at is None
    ]
