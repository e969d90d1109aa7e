"""What a newcomer finds in the demo's inbox: a team of two at work, and a dozen conversations of the last days.

All of it is made up. It is written once, into a database in which nobody has written yet.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from widget import db
from widget.chat import canned, team_settings
from widget.chat.conversations import labels, views, work
from widget.chat.conversations.work import Change
from widget.chat.messages import sending
from widget.chat.users import visitors
from widget.chat.users.visitors import Profile
from widget.devserver.conversation_texts import CANNED, CONVERSATIONS, LABELS, DemoConversation
from widget.models import Case, Conversation, Message, Setting, User, now

LOOK = {
    "name": "Millrace Pottery",
    "color": "#1b6b5a",
    "greeting": "Hello. Ask us about a piece, an order or a delivery; one of the three of us will answer.",
}
"""How the shop's chat looks, until somebody sets it otherwise."""


class Team(NamedTuple):
    """Who answers in the demo."""

    ana: User
    ben: User


def write(team: Team) -> None:
    """Write all of it, unless somebody has written already."""
    with db.reading() as session:
        if session.get(Setting, "appearance") is None:
            team_settings.put(team.ana, "appearance", LOOK)
        if session.scalar(select(User.id).where(User.kind == "visitor").limit(1)):
            return
    for name, color in LABELS.items():
        labels.create(team.ana, name, color)
    for short, text in CANNED.items():
        canned.create(team.ana, short, text)
    for demo in CONVERSATIONS:
        _have(team, demo)


def _have(team: Team, demo: DemoConversation) -> None:
    """Have a conversation, and then let it have been in the past."""
    visitor = visitors.open_session(None, Profile(name=demo.name, email=demo.email, locale="en")).user
    conversation_id = views.list_for(visitor)[0].conversation.id
    moments: dict[str, datetime] = {}
    for who, minutes_ago, body in demo.messages:
        user = {"v": visitor, "a": team.ana, "b": team.ben, "n": team.ana}[who]
        sent = sending.send(user, conversation_id, body, str(uuid.uuid4()), private=who == "n")
        moments[sent.message.id] = now() - timedelta(minutes=minutes_ago)
    by = team.ben if demo.assignee == "b" else team.ana
    assignee = {"a": team.ana.id, "b": team.ben.id, "": ""}[demo.assignee]
    snoozed_until = now() + timedelta(hours=demo.snoozed_hours) if demo.snoozed_hours else None
    change = Change("resolved" if demo.resolved else None, snoozed_until, assignee, labels=list(demo.labels))
    work.change(by, conversation_id, change)
    with db.transaction() as session:
        _put_back(session, visitor.id, conversation_id, moments, demo)


def _put_back(
    session: Session, visitor_id: str, conversation_id: str, moments: dict[str, datetime], demo: DemoConversation
) -> None:
    """Let everything in a conversation have happened at its own time."""
    conversation = session.get_one(Conversation, conversation_id)
    session.get_one(User, visitor_id).created_at = min(moments.values())
    last = conversation.created_at = min(moments.values())
    asked: datetime | None = None
    found = select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq)
    for message in session.scalars(found):
        last = message.created_at = moments.get(message.id, last)
        if message.sender.kind == "visitor":
            asked = asked or last
        elif message.kind == "text" and not message.private and asked:
            message.answered_after, asked = round((last - asked).total_seconds()), None
    conversation.updated_at = last
    if conversation.waiting_since:
        conversation.waiting_since = asked or last
    for case in session.scalars(select(Case).where(Case.conversation_id == conversation_id)):
        case.opened_at = min(moments.values())
        answers = [at for (who, _ago, _body), at in zip(demo.messages, moments.values(), strict=True) if who in "ab"]
        case.first_answer_at = min(answers) if answers else None
        if case.resolved_at:
            case.resolved_at = last
            case.rating_score, case.rating_comment = demo.rating or None, demo.comment or None
            case.rated_at = last if demo.rating else None
