"""What nobody needs any more goes when its time is over, and nothing before; told what time it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests import services
from tests.unit.app_here import app_here
from tests.unit.team_scene import Chat, chat, send
from widget import db
from widget.chat import events
from widget.chat.conversations import groups, invitations
from widget.chat.errors import NotFound
from widget.chat.personal import deletion, retention
from widget.chat.users import tokens
from widget.models import (
    Base,
    Conversation,
    Invite,
    Member,
    MesiboEvent,
    MesiboOutbox,
    Message,
    Token,
    User,
    now,
)

SECOND = timedelta(seconds=1)


@pytest.fixture(params=["sqlite", "postgresql"], autouse=True)
def app(
    request: pytest.FixtureRequest, redis_server: services.RedisServer, new_database: Callable[[str], str]
) -> Iterator[None]:
    with app_here({"REDIS_URL": redis_server.database(), "DATABASE_URL": new_database(request.param)}):
        yield


def count(table: type[Base], *which: Any) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(table).where(*which)) or 0


def step(at: datetime, days: int = 0, here: tuple[str, ...] = ()) -> dict[str, int]:
    """What is deleted in as many steps as there is something to delete."""
    found = retention.step(at, days, set(here).intersection)
    for _again in range(20):
        more = retention.step(at, days, set(here).intersection)
        if not more.total():
            return {kind: count for kind, count in found.items() if count}
        found += more
    raise AssertionError("there is no end to it")


def age(conversation: Chat, days: int) -> None:
    with db.transaction() as session:
        old = update(Conversation).where(Conversation.id == conversation.id)
        session.execute(old.values(updated_at=now() - timedelta(days=days)))


def test_who_never_wrote_is_forgotten_two_days_after_their_last_visit() -> None:
    before = now()
    silent, online, back, spoke = (chat() for _ in range(4))
    spoke.asks()
    later = now() + retention.SILENCE + SECOND
    with db.transaction() as session:
        session.execute(update(Token).where(Token.user_id == back.visitor.id).values(used_at=later))
    assert step(before + retention.SILENCE) == {}
    assert step(later, here=(online.visitor.id,)) == {"visitors": 1}
    left = (online, back, spoke)
    assert count(User, User.id.in_([it.visitor.id for it in left])) == count(Conversation) == 3
    assert count(User, User.id == silent.visitor.id) == count(Token, Token.user_id == silent.visitor.id) == 0


def test_what_has_ended_is_deleted_after_its_time() -> None:
    one = chat()
    message = one.asks()
    group = groups.create(one.visitor, "Tea")
    invite = invitations.create(one.visitor, group)
    told: list[str] = []
    with db.transaction() as session:
        link, _ended = tokens.issue(session, one.visitor, "link", tokens.LINK_LIFETIME)
        for version, sent in ((0, now()), (1, None)):
            state = "sent" if sent else "waiting"
            session.add(MesiboOutbox(message_id=message.id, version=version, state=state, sent_at=sent))
        for state in ("read", "unread", "waiting"):
            session.add(MesiboEvent(digest=state, body="{}", state=state))
    assert step(now()) == {}
    with events.sessions_ended.connected_to(lambda sessions, **_: told.extend(sessions)):
        assert step(now() + tokens.LINK_LIFETIME + SECOND) == {"sessions": 1}
    assert told == [tokens.session_id(tokens.hash_of(link))]  # a stream that is open with it ends
    assert step(invite.expires_at + retention.ENDED + SECOND) == {"invitations": 1}
    assert step(now() + retention.HANDED_OVER + SECOND) == {"handed_over": 3}
    assert step(now() + tokens.VISITOR_LIFETIME + SECOND) == {"sessions": 1}
    assert (count(Token), count(Invite), count(MesiboOutbox), count(MesiboEvent)) == (0, 0, 1, 1)
    assert (count(Message, Message.kind == "text"), count(Conversation)) == (1, 2)


def test_conversations_are_kept_for_as_long_as_is_set_after_their_last_word() -> None:
    old, young, both = chat(), chat(), chat()
    for it in (old, young, both):
        it.asks()
    group = groups.create(both.visitor, "Tea")
    many = [Chat(old.visitor, old.id).asks(f"{number}") for number in range(2 * deletion.STEP + 1)]
    for it in (old, both):
        age(it, 11)
    age(young, 9)
    assert step(now()) == {}
    assert step(now(), days=12) == {}
    assert step(now(), days=10) == {"conversations": 2, "visitors": 1}
    assert count(Message, Message.id.in_([many[0].id, many[-1].id])) == 0
    assert count(User, User.id == old.visitor.id) == 0
    assert count(Member, Member.user_id == both.visitor.id) == 1
    send(both.visitor, group, "I am still here")
    assert young.asks().seq == 2
    with pytest.raises(NotFound):
        old.asks()
