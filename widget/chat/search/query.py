"""Finds messages and people by parts of words, newest first, and only what one may see."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    text,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from widget import db
from widget.chat.conversations import membership, visibility
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Forbidden, Unprocessable
from widget.chat.messages.loading import WITH_RELATED
from widget.chat.search import index
from widget.i18n import _
from widget.models import Conversation, Member, Message, MessageSearch, User, UserSearch
from widget.text.folding import fold

LEAST = 2
"""The shortest text to look for, in characters."""

PAGE = 30
"""How many are found at a time."""

RECENT = 20_000
"""Among how many of the newest entries something is looked for that is too short for the index."""

FIRST_LOOK = 2_000
"""How many of the newest entries PostgreSQL looks through before it asks the index: what is common is among them, and
the index would have to sort all of it."""

PEOPLE = 10
"""How many people are found at most."""


class Hits(NamedTuple):
    """A page of what was found."""

    messages: list[Message]
    next: int | None
    """Where the next page begins; None when this is the last one."""


def terms_of(question: str) -> list[str]:
    """What is to stand in the text, each as it is folded; raises Unprocessable for a text that is too short."""
    if len(question.strip()) < LEAST:
        raise Unprocessable(_("Type at least %(least)s characters to search for.", least=LEAST))
    return [folded for word in question.split() if (folded := fold(word))]


def messages(user: User, question: str, conversation_id: str | None = None, before: int | None = None) -> Hits:
    """The newest messages that have every word of `question` in their text or in the name of their file.

    In one's conversations or in one of them; `before` is the `next` of the page before. Raises Unprocessable for a
    text that is too short, and NotFound for a foreign conversation.
    """
    terms = terms_of(question)
    everywhere = user.principal_id == TEAM_ID and conversation_id is None
    with db.reading() as session:
        if conversation_id is not None:
            membership.member_of(session, user, conversation_id)
    if not terms:
        return Hits([], None)
    hits = _everywhere(user, terms, before) if everywhere else _among_own(user, terms, conversation_id, before)
    ids = [message_id for _position, message_id in hits[:PAGE]]
    with db.reading() as session:
        rows = {it.id: it for it in session.scalars(select(Message).where(Message.id.in_(ids)).options(*WITH_RELATED))}
    shown = [rows[it] for it in ids if it in rows and rows[it].deleted_at is None]
    return Hits(shown, hits[PAGE - 1][0] if len(hits) > PAGE else None)


def people(user: User, question: str) -> list[User]:
    """The newest visitors whose name, e-mail address or id has every word of `question` in it, and those who are merged
    with them; for the team only.

    Raises Forbidden to visitors, and Unprocessable for a text that is too short.
    """
    if user.principal_id != TEAM_ID:
        raise Forbidden(_("Only the team can search for people."))
    terms = terms_of(question)
    entry = select(UserSearch.position, UserSearch.user_id)
    hits = _indexed(UserSearch, entry, terms, None, PEOPLE) if terms else []
    ids = [user_id for _position, user_id in hits]
    with db.reading() as session:
        rows = {it.id: it for it in session.scalars(select(User).where(User.id.in_(ids)))}
        people = [it.person_id for it in rows.values() if it.person_id]
        merged = select(User).where(User.person_id.in_(people), User.id.not_in(ids)).order_by(User.created_at, User.id)
        beside = list(session.scalars(merged.limit(PEOPLE))) if people else []
    return [rows[it] for it in ids if it in rows] + beside


def conversations_with(user: User, word: str) -> ColumnElement[bool]:
    """For a query of the team's conversations: that this is in a message, in the name of a file, or in what is known of
    a member; in a note only where `user` may see notes.
    """
    term = fold(word)
    of_people = select(Member.conversation_id).where(Member.user_id.in_(users_with(word)))
    of_messages = select(MessageSearch.conversation_id).where(_matches(MessageSearch, term))
    if not visibility.reads_notes(user):
        of_messages = of_messages.where(MessageSearch.private.is_(False))
    return or_(Conversation.id.in_(of_messages), Conversation.id.in_(of_people))


def users_with(word: str) -> CompoundSelect[str]:
    """The ids of the visitors in whose name, e-mail address or id this is, and of those merged with them."""
    found = select(UserSearch.user_id).where(_matches(UserSearch, fold(word)))
    # Not as a join: most are merged with nobody, and a database that takes that for one person compares each with each.
    merged = select(User.person_id).where(User.person_id.is_not(None), User.id.in_(found))
    other = aliased(User)
    return union(found, select(other.id).where(other.person_id.in_(merged)))


def _matches(model: type[MessageSearch] | type[UserSearch], term: str) -> ColumnElement[bool]:
    """That an entry has this in its text, by the index where it is long enough for one."""
    if len(term) < 3:
        return _has(model, [term])
    if db.is_sqlite():
        fts = f"{model.__tablename__}_fts"
        name = f"{fts}_{abs(hash(term))}"  # several words are asked for in one query
        match = text(f"{fts} MATCH :{name}").bindparams(bindparam(name, '"' + term.replace('"', '""') + '"'))
        return model.position.in_(select(literal_column("rowid", Integer)).select_from(text(fts)).where(match))
    wanted = model.grams.op("@>")(bindparam(None, index.runs(term), type_=ARRAY(Integer)))
    return and_(wanted, _has(model, [term]))


def _has(model: type[MessageSearch] | type[UserSearch], terms: list[str]) -> ColumnElement[bool]:
    return and_(*(model.text.contains(term, autoescape=True) for term in terms))


def _everywhere(user: User, terms: list[str], before: int | None) -> list[tuple[int, str]]:
    entry = select(MessageSearch.position, MessageSearch.message_id)
    if not visibility.reads_notes(user):
        # What the index finds is not told apart by it, so a bot's words are looked for among the newest.
        entry = _recent(MessageSearch, entry, RECENT, before).where(MessageSearch.private.is_(False))
        return _newest(MessageSearch, entry.where(_has(MessageSearch, terms)), before, PAGE + 1)
    return _indexed(MessageSearch, entry, terms, before, PAGE + 1)


def _among_own(user: User, terms: list[str], conversation_id: str | None, before: int | None) -> list[tuple[int, str]]:
    """Own conversations are few and short, so their texts are looked through, newest first."""
    mine = and_(Member.conversation_id == MessageSearch.conversation_id, membership.is_own(user))
    unseen = or_(Member.left_at.is_(None), Message.edited_at.is_(None), Message.edited_at <= Member.left_at)
    query = (
        select(MessageSearch.position, MessageSearch.message_id)
        .join(Member, mine)
        .join(Message, Message.id == MessageSearch.message_id)
        .where(_has(MessageSearch, terms), Message.seq <= func.coalesce(Member.left_seq, Message.seq), unseen)
    )
    if not visibility.reads_notes(user):
        query = query.where(MessageSearch.private.is_(False))
    if conversation_id is not None:
        query = query.where(MessageSearch.conversation_id == conversation_id)
    return _newest(MessageSearch, query, before, PAGE + 1)


def _newest(
    model: type[MessageSearch] | type[UserSearch], query: Select[int, str], before: int | None, limit: int
) -> list[tuple[int, str]]:
    if before is not None:
        query = query.where(model.position < before)
    rows = db.fetch_beside(query.order_by(model.position.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


def _indexed(
    model: type[MessageSearch] | type[UserSearch],
    query: Select[int, str],
    terms: list[str],
    before: int | None,
    limit: int,
) -> list[tuple[int, str]]:
    """By the index of the database; what is too short for it is looked for among the RECENT newest."""
    long = [term for term in terms if len(term) >= 3]
    if not long:
        return _newest(model, _recent(model, query, RECENT, before).where(_has(model, terms)), before, limit)
    if db.is_sqlite():
        match = " AND ".join('"' + term.replace('"', '""') + '"' for term in long)
        fts = f"{model.__tablename__}_fts"
        hits = (
            select(literal_column("rowid", Integer))
            .select_from(text(fts))
            .where(text(f"{fts} MATCH :match").bindparams(bindparam("match", match)))
        )
        if before is not None:
            hits = hits.where(literal_column("rowid") < before)
        hits = hits.order_by(literal_column("rowid").desc())
        short = [term for term in terms if len(term) < 3]
        if short:
            query = query.where(_has(model, short))
        else:
            hits = hits.limit(limit)
        return _newest(model, query.where(model.position.in_(hits)), before, limit)
    common = _newest(model, _recent(model, query, FIRST_LOOK, before).where(_has(model, terms)), before, limit)
    if len(common) >= limit:
        return common
    numbers = [number for term in long for number in index.runs(term)]
    wanted = model.grams.op("@>")(bindparam(None, numbers, type_=ARRAY(Integer)))
    return _newest(model, query.where(wanted, _has(model, terms)), before, limit)


def _recent(
    model: type[MessageSearch] | type[UserSearch], query: Select[int, str], count: int, before: int | None
) -> Select[int, str]:
    newest = select(model.position).order_by(model.position.desc()).offset(count).limit(1)
    if before is not None:
        newest = newest.where(model.position < before)
    return query.where(model.position > func.coalesce(newest.scalar_subquery(), 0))
