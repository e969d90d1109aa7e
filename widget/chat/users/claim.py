"""The first owner: whoever shows the code that stands in the log of a deployment that nobody owns yet."""

from __future__ import annotations

import hmac
import secrets

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from widget import db
from widget.chat import audit
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Conflict, Forbidden
from widget.chat.users import agents, team
from widget.i18n import _
from widget.models import Secret, User

NAME = "claim"
"""What the code is called among the secrets."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without those that look alike."""

_OWNERS = exists().where(User.team_id == TEAM_ID, User.kind == "agent", User.role == "owner", User.removed_at.is_(None))


def is_open() -> bool:
    """Whether nobody owns this deployment yet."""
    with db.reading() as session:
        return not session.scalar(select(_OWNERS))


def code() -> str:
    """The code, of 80 random bits; made when it is first asked for. Raises Conflict when there is an owner already."""
    if not is_open():
        raise Conflict(_("This inbox has an owner already."))
    if (kept := _kept()) is not None:
        return kept
    made = "-".join("".join(secrets.choice(_LETTERS) for _each in range(4)) for _group in range(4))
    try:
        with db.transaction() as session:
            session.add(Secret(name=NAME, value=made))
    except IntegrityError:  # another process was quicker
        return _kept() or made
    return made


def take(shown: str, login: str, name: str | None) -> User:
    """Make whoever shows the code the owner; it is good once.

    Raises Forbidden for a wrong code, Conflict when there is an owner by now, Unprocessable for what is no address.
    """
    if not is_open():
        raise Conflict(_("This inbox has an owner already."))
    kept = _kept()
    if kept is None or not hmac.compare_digest(kept.encode(), shown.strip().upper().encode()):
        raise Forbidden(_("This is not the code that stands in the log."))
    login = agents.checked_login(login)
    with db.transaction() as session:
        spent = delete(Secret).where(Secret.name == NAME, Secret.value == kept).returning(Secret.name)
        if session.scalar(spent) is None:  # somebody was quicker
            raise Conflict(_("This inbox has an owner already."))
        return _make_owner(session, login, name)


def _make_owner(session: Session, login: str, name: str | None) -> User:
    owner = agents.make(session, login, name, team.ROLES[0])
    session.flush()
    audit.record(session, owner, "agent.claim", owner.id, name=owner.name)
    return owner


def _kept() -> str | None:
    with db.reading() as session:
        return session.scalar(select(Secret.value).where(Secret.name == NAME))
