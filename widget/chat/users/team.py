"""The team, as its owners change it: who is invited, who is an owner, who leaves. There is always an owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from widget import db
from widget.chat import audit, events
from widget.chat.conversations import assignment
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import NotFound, Unprocessable
from widget.chat.users import agents, tokens
from widget.i18n import _
from widget.models import Token, User, now

INVITED_FOR = timedelta(days=3)
"""How long an invitation into the team is good."""

ROLES = ("owner", "agent")

NAME_LIMIT = 200


class Person(NamedTuple):
    """An agent as their colleagues see them in the settings."""

    user: User
    sessions: int
    """In how many browsers they are signed in."""
    invited_until: Any
    """Until when a link is good that lets them in; None without one."""
    held: int
    """How many open conversations they have."""


def everybody() -> list[Person]:
    """All agents, the first one first."""
    with db.reading() as session:
        people = select(User).where(User.kind == "agent", User.team_id == TEAM_ID, User.removed_at.is_(None))
        held = assignment.held(session)
        good = select(Token.user_id, Token.purpose, func.count(), func.max(Token.expires_at)).where(
            Token.purpose.in_(("inbox", "link")), Token.expires_at > now()
        )
        tokens_of = {
            (user_id, purpose): (count, until)
            for user_id, purpose, count, until in session.execute(good.group_by(Token.user_id, Token.purpose))
        }
        return [
            Person(
                person,
                tokens_of.get((person.id, "inbox"), (0, None))[0],
                tokens_of.get((person.id, "link"), (0, None))[1],
                held.get(person.id, 0),
            )
            for person in session.scalars(people.order_by(User.created_at, User.id))
        ]


def invite(by: User, login: str, name: str | None = None, role: str = "agent") -> tuple[User, str]:
    """Let somebody into the team; returns them, and the secret of a link that lets them in once, for INVITED_FOR.

    Raises Unprocessable for what is no address, or that of another agent.
    """
    agent = agents.add(login, name, role)
    return agent, _link(by, agent.id, "agent.invite")


def invite_again(by: User, user_id: str) -> str:
    """The secret of a fresh link for somebody; those they had are worthless. Raises NotFound."""
    return _link(by, user_id, "agent.link")


def _link(by: User, user_id: str, action: str) -> str:
    with db.transaction() as session:
        agent = _find(session, user_id)
        secret = _issue(session, agent, by.id)
        audit.record(session, by, action, agent.id, name=agent.name)
    return secret


def fresh_link(user_id: str) -> str:
    """A link in place of one that an owner has made, and that is good still; raises NotFound."""
    with db.transaction() as session:
        agent = _find(session, user_id)
        good = select(Token).where(Token.user_id == agent.id, Token.purpose == "link", Token.expires_at > now())
        known = session.scalar(good.order_by(Token.created_at.desc()).limit(1))
        if known is None:
            raise NotFound(_("This invitation was revoked."))
        return _issue(session, agent, known.made_by)


def _issue(session: Session, agent: User, made_by: str | None) -> str:
    tokens.revoke_links(session, agent.id)
    secret, _ended = tokens.issue(session, agent, "link", INVITED_FOR, made_by=made_by)
    return secret


def set_role(by: User, user_id: str, role: str) -> None:
    """Make somebody an owner, or an agent like others; raises NotFound, and Conflict for the last owner."""
    if role not in ROLES:
        raise Unprocessable(_("role must be owner or agent."))
    with db.transaction() as session:
        agent = _find(session, user_id)
        before = agent.role
        if before == role:
            return
        if before == "owner":
            agents.require_another_owner(session, agent)
        agent.role = role
        audit.record(session, by, "agent.role", agent.id, name=agent.name, role=[before, role])
    events.agent_changed.send(user_id)


def set_profile(by: User, user_id: str, name: str | None = None, picture: str | None = None) -> None:
    """Another name or picture ("" for none), on everything they have written too; raises NotFound, Unprocessable."""
    changed: dict[str, list[str | None]] = {}
    with db.transaction() as session:
        agent = _find(session, user_id)
        if name is not None and name != agent.name:
            if not name:
                raise Unprocessable(_("Somebody of the team needs a name."))
            changed["name"], agent.name = [agent.name, name], name
        if picture is not None and (picture or None) != agent.picture:
            changed["picture"], agent.picture = [agent.picture, picture or None], picture or None
        if changed:
            audit.record(session, by, "agent.change", agent.id, **changed)
    if changed:
        events.agent_changed.send(user_id)


def sign_out(by: User, user_id: str) -> None:
    """End all of somebody's sessions and links; raises NotFound."""
    with db.transaction() as session:
        agent = _find(session, user_id)
        ended = tokens.revoke_all(session, agent.id)
        audit.record(session, by, "agent.sign-out", agent.id, name=agent.name)
    tokens.announce(ended)


def remove(by: User, user_id: str, hand_to: str | None = None) -> None:
    """Take somebody out of the team: what they have goes to a colleague (`hand_to`), by turns, or to nobody.

    Raises NotFound, Conflict for the last owner, Unprocessable when `hand_to` is nobody of the team.
    """
    with db.reading() as session:
        agent = _find(session, user_id)
        if hand_to == user_id:
            raise Unprocessable(_("Their conversations go to somebody else, or to nobody."))
        if hand_to is not None:
            assignment.find(session, hand_to)
    agents.remove(agent, by, hand_to)


def _find(session: Session, user_id: str) -> User:
    found = session.get(User, user_id)
    if found is None or found.kind != "agent" or found.team_id != TEAM_ID or found.removed_at is not None:
        raise NotFound(_("There is no such person in the team."))
    return found
