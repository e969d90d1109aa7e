"""Blocks: a visitor, or a network address, that nothing more is taken from. Earlier messages can still be read."""

from __future__ import annotations

import ipaddress

from sqlalchemy import and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from widget import db
from widget.chat import audit
from widget.chat.errors import Forbidden, NotFound, Unprocessable
from widget.chat.messages import notes
from widget.i18n import _
from widget.models import Block, Token, User, now

VISITOR, ADDRESS = "visitor", "address"

MOST = 500
"""How many the list shows, the newest first."""

_OF_ADDRESS = and_(Block.kind == ADDRESS, Block.value == bindparam("address"))

_OF_VISITOR = and_(Block.kind == VISITOR, Block.value == User.id)

IS_BLOCKED = exists().where(or_(_OF_VISITOR, _OF_ADDRESS)).correlate(User).label("is_blocked")
"""For a query of users, with the `address` that they come from: whether nothing is taken from them. It is asked with
everything that a visitor does, so it goes along with the question who they are."""

IS_SENDER_BLOCKED = exists().where(or_(and_(Block.kind == VISITOR, Block.value == bindparam("sender")), _OF_ADDRESS))
"""The same for any other query, of a `sender`."""


def require_none(address: str) -> None:
    """Raise Forbidden for somebody new at a network address from which nothing is taken."""
    with db.reading() as session:
        if session.scalar(select(Block.id).where(_OF_ADDRESS).limit(1), {"address": address}) is not None:
            raise refusal()


def refusal() -> Forbidden:
    """What somebody is told from whom nothing is taken."""
    return Forbidden(_("You cannot write here any more."))


def add(by: User, kind: str, visitor_id: str) -> None:
    """Block a visitor, or the network address that they came from last; once more is no error.

    Raises Forbidden to visitors, NotFound without an address that is known, Unprocessable for one that may be
    everybody's.
    """
    notes.require_team(by)
    with db.transaction() as session:
        value = visitor_id if kind == VISITOR else _address(session, visitor_id)
        if session.scalar(select(Block).where(Block.kind == kind, Block.value == value)) is None:
            session.add(Block(kind=kind, value=value, by_id=by.id))
            audit.record(session, by, "block.add", value, kind=kind)


def remove(by: User, block_id: str) -> None:
    """Take one back. Raises Forbidden to visitors, and NotFound."""
    notes.require_team(by)
    with db.transaction() as session:
        found = session.get(Block, block_id)
        if found is None:
            raise NotFound(_("There is no such block."))
        session.delete(found)
        audit.record(session, by, "block.remove", found.value, kind=found.kind)


def newest() -> list[tuple[Block, str]]:
    """All blocks, the newest first, with the name of the visitor whom one is for; at most MOST."""
    query = (
        select(Block, User.name)
        .outerjoin(User, and_(Block.kind == VISITOR, User.id == Block.value))
        .options(joinedload(Block.by))
        .order_by(Block.created_at.desc(), Block.id)
    )
    with db.reading() as session:
        return [(block, name or "") for block, name in session.execute(query.limit(MOST))]


def of_visitor(visitor_id: str) -> dict[str, str | None]:
    """For each kind of block the id of the one that is in force for a visitor; None where there is none."""
    with db.reading() as session:
        address = _last_address(session, visitor_id)
        fits = select(Block.kind, Block.id).where(
            or_(
                and_(Block.kind == VISITOR, Block.value == visitor_id),
                and_(Block.kind == ADDRESS, Block.value == address),
            )
        )
        found = dict(iter(session.execute(fits)))
        return {kind: found.get(kind) for kind in (VISITOR, ADDRESS)}


def _last_address(session: Session, visitor_id: str) -> str:
    live = select(Token.address).where(Token.user_id == visitor_id, Token.purpose == "visitor", Token.address != "")
    good = live.where(or_(Token.expires_at.is_(None), Token.expires_at > now()))
    return session.scalar(good.order_by(db.newest_first(Token.used_at)).limit(1)) or ""


def _address(session: Session, visitor_id: str) -> str:
    found = _last_address(session, visitor_id)
    if not found:
        raise NotFound(_("It is not known from where this visitor came."))
    if not ipaddress.ip_network(found, strict=False).is_global:
        raise Unprocessable(_("Everybody seems to come from this address: it is one of a private network."))
    return found
