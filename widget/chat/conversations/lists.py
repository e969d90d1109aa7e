"""The team's lists: its views of all conversations, narrowed by a label and a search, and their counts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from widget import db
from widget.chat.conversations import filters, views, visibility
from widget.chat.conversations.cases import OPEN, RESOLVED, SNOOZED
from widget.chat.conversations.filters import Filters
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.conversations.views import ConversationView
from widget.chat.errors import Unprocessable
from widget.chat.messages import notes
from widget.chat.search import query as search
from widget.i18n import _
from widget.models import Attachment, Conversation, ConversationLabel, Label, Member, Message, User

PAGE = 50
"""How many conversations a page holds."""

COUNTED_UPTO = 1_000
"""No view is counted further: what it costs does not grow with what there is."""

VIEWS = ("waiting", "mine", "unassigned", "open", "snoozed", "resolved", "bot", "all")

Counts = dict[str, Any]
"""How many conversations each view has, by name, and under `labels` how many open ones each label has: all of them no
further than COUNTED_UPTO."""

_HAS_WORDS = Conversation.case_id.is_not(None)
_IS_OPEN = Conversation.status == OPEN
_BOTS = select(User.id).where(User.kind == "bot", User.team_id == TEAM_ID)
_OF_BOT = Conversation.assignee_id.in_(_BOTS)
_OF_PEOPLE = or_(Conversation.assignee_id.is_(None), Conversation.assignee_id.not_in(_BOTS))
_WAITS = and_(_IS_OPEN, Conversation.waiting_since.is_not(None), _OF_PEOPLE)  # what a bot has is seen with the bot


def _count(*conditions: ColumnElement[bool], by_status: bool = False) -> ScalarSelect[int]:
    """How many conversations meet these conditions, as far as they are counted; `by_status`: of one status."""
    some = select(Conversation.id).where(_HAS_WORDS, *conditions).limit(COUNTED_UPTO)
    if by_status:  # along its index: else it looks quicker to begin anywhere, and reads everything where there are few
        some = some.order_by(Conversation.updated_at)
    return select(func.count()).select_from(some.correlate(User, Label).subquery()).scalar_subquery()


_EACH_VIEW = select(
    _count(_WAITS).label("waiting"),
    _count(_IS_OPEN, Conversation.assignee_id.is_(None), by_status=True).label("unassigned"),
    _count(_IS_OPEN, by_status=True).label("open"),
    _count(Conversation.status == SNOOZED).label("snoozed"),
    _count(Conversation.status == RESOLVED, by_status=True).label("resolved"),
    _count(_IS_OPEN, _OF_BOT, by_status=True).label("bot"),
)
_LABELLED = select(ConversationLabel.conversation_id).where(ConversationLabel.label_id == Label.id).correlate(Label)
_EACH_LABEL = select(Label.name, _count(_IS_OPEN, Conversation.id.in_(_LABELLED))).order_by(Label.name)
_OF_EACH_AGENT = select(User.id, _count(_IS_OPEN, Conversation.assignee_id == User.id))

_CURSOR = re.compile(r"(\d{1,15})-([0-9a-f]{16})", re.ASCII)


class Page(NamedTuple):
    """A page of a view, and the cursor after which the next one begins; None when this is the last."""

    views: list[ConversationView]
    next: str | None


def page(user: User, view: str = "all", label: str = "", q: str = "", after: str = "") -> Page:
    """A page of conversations for an agent: the longest waiting first, or the newest.

    Raises Forbidden to visitors, and Unprocessable for a view, a filter or a cursor that cannot be.
    """
    notes.require_team(user)
    if view not in VIEWS:
        raise Unprocessable(_("view must be one of %(views)s.", views=", ".join(VIEWS)))
    wanted = filters.parse(q)
    with db.reading() as session:
        chosen = select(Conversation.id).where(_HAS_WORDS, _condition(view, user), *_filtered(user, wanted))
        if label:
            chosen = chosen.where(_labelled(label.casefold()))
        # They are chosen before anything else is read, and of these alone: the team is in all conversations.
        chosen = _behind(after, view, chosen).order_by(*_order(view)).limit(PAGE + 1)
        # What an index leads to takes no time; what is looked for may.
        ids = [row[0] for row in db.fetch_beside(chosen)] if q else list(session.scalars(chosen))
        overviews = views.read(session, user, views.query(user).where(Conversation.id.in_(ids)).order_by(*_order(view)))
    last = overviews[PAGE - 1].conversation if len(overviews) > PAGE else None
    return Page(overviews[:PAGE], _cursor(view, last) if last else None)


def counts_for(user: User) -> Counts:
    """How many conversations each view has for this agent."""
    with db.reading() as session:
        return counts(session, [user.id])[user.id]


def counts(session: Session, agents: list[str]) -> dict[str, Counts]:
    """How many conversations each view has, for each of these agents: only "mine" differs."""

    numbers = dict(session.execute(_EACH_VIEW).mappings().one())
    numbers["all"] = min(COUNTED_UPTO, numbers["open"] + numbers["snoozed"] + numbers["resolved"])
    numbers["labels"] = dict(iter(session.execute(_EACH_LABEL)))
    mine = dict(iter(session.execute(_OF_EACH_AGENT.where(User.id.in_(agents)))))
    return {agent: numbers | {"mine": mine.get(agent, 0)} for agent in agents}


def _condition(view: str, user: User) -> ColumnElement[bool]:
    return {
        "waiting": _WAITS,
        "mine": and_(_IS_OPEN, Conversation.assignee_id == user.id),
        "unassigned": and_(_IS_OPEN, Conversation.assignee_id.is_(None)),
        "open": _IS_OPEN,
        "snoozed": Conversation.status == SNOOZED,
        "resolved": Conversation.status == RESOLVED,
        "bot": and_(_IS_OPEN, _OF_BOT),
        "all": _HAS_WORDS,
    }[view]


def _order(view: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    first = Conversation.waiting_since.asc() if view == "waiting" else Conversation.updated_at.desc()
    return first, Conversation.id.asc()


def _behind(after: str, view: str, query: Select[str]) -> Select[str]:
    """What comes after a page's cursor."""
    if not after:
        return query
    place = _CURSOR.fullmatch(after)
    if place is None:
        raise Unprocessable(_("after must be the “next” of the page before."))
    at = datetime.fromtimestamp(int(place[1]) / 1000, UTC)
    waiting = view == "waiting"
    column: Any = Conversation.waiting_since if waiting else Conversation.updated_at
    beyond = column > at if waiting else column < at
    return query.where(or_(beyond, and_(column == at, Conversation.id > place[2])))


def _cursor(view: str, last: Conversation) -> str:
    at = last.waiting_since if view == "waiting" and last.waiting_since else last.updated_at
    return f"{round(at.timestamp() * 1000)}-{last.id}"


def _labelled(key: str) -> ColumnElement[bool]:
    return (
        exists()
        .where(ConversationLabel.conversation_id == Conversation.id, ConversationLabel.label_id == Label.id)
        .where(Label.key == key)
        .correlate(Conversation)
    )


def _filtered(user: User, wanted: Filters) -> list[ColumnElement[bool]]:
    conditions = [_labelled(key) for key in wanted.labels]
    conditions += [search.conversations_with(user, word) for word in wanted.words]
    if wanted.assignee is not None:
        conditions.append(_assigned(user, wanted.assignee))
    if wanted.visitor is not None:
        conditions.append(_with_person(wanted.visitor))
    if wanted.before is not None:
        conditions.append(Conversation.updated_at < wanted.before)
    if wanted.after is not None:
        conditions.append(Conversation.updated_at >= wanted.after)
    if wanted.has_file:
        carried = select(Message.conversation_id).join(Attachment, Attachment.message_id == Message.id)
        if not visibility.reads_notes(user):
            carried = carried.where(Message.private.is_(False))
        conditions.append(Conversation.id.in_(carried))
    states = {"unanswered": Conversation.waiting_since.is_not(None)}
    return conditions + [states.get(it, Conversation.status == it) for it in wanted.states]


def _assigned(user: User, who: str) -> ColumnElement[bool]:
    if who == "none":
        return Conversation.assignee_id.is_(None)
    if who == "me":
        return Conversation.assignee_id == user.id
    named = or_(func.lower(User.name).contains(who.lower(), autoescape=True), User.login == who.lower(), User.id == who)
    return Conversation.assignee_id.in_(select(User.id).where(User.team_id == TEAM_ID, named))


def _with_person(text: str) -> ColumnElement[bool]:
    """Conversations with a visitor whose name, address or id has this text in it."""
    theirs = select(Member.conversation_id).where(Member.user_id.in_(search.users_with(text)))
    return Conversation.id.in_(theirs)
