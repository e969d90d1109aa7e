"""Agents: the people of the team, how they sign in, and how they leave."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from widget import db
from widget.chat import audit, events
from widget.chat.conversations import assignment
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Conflict, Forbidden, NotFound, Unauthorized, Unprocessable
from widget.chat.users import passwords, tokens
from widget.i18n import _
from widget.models import Invite, Token, User, now
from widget.text import clean, mail_addresses

RECENT = timedelta(minutes=15)
"""For how long a session that began with a one-time link may choose a password without the old one."""

CODE_LIFETIME = timedelta(minutes=5)
"""How long there is to find the code after the password was right."""


class Listed(NamedTuple):
    """An agent as whoever runs the server sees them."""

    agent: User
    sessions: int


def add(login: str, name: str | None = None, role: str | None = None) -> User:
    """Make an agent of the team, the first one its owner unless `role` says otherwise.

    Raises Unprocessable for what is no address, or the address of another agent.
    """
    login = checked_login(login)
    with db.transaction() as session:
        owners = select(User.id).where(User.role == "owner", User.removed_at.is_(None)).limit(1)
        return make(session, login, name, role or ("agent" if session.scalar(owners) else "owner"))


def checked_login(login: str) -> str:
    """An address as agents sign in with it; raises Unprocessable for what is none."""
    login = login.strip().lower()
    if not mail_addresses.is_address(login):
        raise Unprocessable(_("%(login)s is not an e-mail address.", login=login))
    return login


def make(session: Session, login: str, name: str | None, role: str) -> User:
    """The row of a new agent; raises Unprocessable for the address of another one."""
    if session.scalar(select(User).where(User.login == login)):
        raise Unprocessable(_("There is already an agent with the address %(login)s.", login=login))
    name = clean.line(name or "") or login.partition("@")[0].title()
    agent = User(kind="agent", name=name, login=login, team_id=TEAM_ID, role=role)
    session.add(agent)
    return agent


def list_all() -> list[Listed]:
    """Everybody in the team, the first one first, with how many sessions they have."""
    open_ones = select(func.count()).where(Token.user_id == User.id, Token.purpose == "inbox", Token.expires_at > now())
    query = select(User, open_ones.scalar_subquery()).where(User.kind == "agent", User.removed_at.is_(None))
    with db.reading() as session:
        return [Listed(agent, count) for agent, count in session.execute(query.order_by(User.created_at))]


def get(login: str) -> User:
    """The agent of this address; raises NotFound."""
    with db.reading() as session:
        agent = session.scalar(_with_login(login))
    if agent is None:
        raise NotFound(_("There is no agent %(login)s.", login=login))
    return agent


def _with_login(login: str) -> Select[User]:
    return select(User).where(User.login == login.strip().lower(), User.kind == "agent", User.removed_at.is_(None))


def remove(agent: User, by: User | None = None, hand_to: str | None = None) -> None:
    """Remove somebody from the team: their sessions and the invitations they made end, also those into the team; their
    messages stay.

    What they have goes to a colleague (`hand_to`, an id), else by turns, else to nobody. `by` is None for whoever runs
    the server. Raises Conflict for the last owner.
    """
    with db.transaction() as session:
        agent = session.get_one(User, agent.id, with_for_update=True)
        if agent.role == "owner":
            require_another_owner(session, agent)
        doer = by or session.get_one(User, TEAM_ID)
        audit.record(session, doer, "agent.remove", agent.id, name=agent.name, email=agent.login)
        agent.removed_at = now()
        agent.login = agent.password_hash = agent.totp_secret = agent.recovery_codes = None
        made = update(Invite).where(Invite.user_id == agent.id, Invite.expires_at > now())
        session.execute(made.values(expires_at=now()))
        ended = tokens.revoke_all(session, agent.id)
        tokens.revoke_links_made_by(session, agent.id)
        left = assignment.give_back_all(session, agent, assignment.find(session, hand_to) if hand_to else None)
    tokens.announce(ended)
    for conversation_id in left:
        events.work_changed.send(conversation_id, listed=False)


def require_another_owner(session: Session, agent: User) -> None:
    """Raise Conflict when this is the only owner. Owners who go at the same moment do so one after the other."""
    owners = select(User).where(User.role == "owner", User.kind == "agent", User.removed_at.is_(None))
    found = list(session.scalars(owners.order_by(User.id).with_for_update().execution_options(populate_existing=True)))
    if not any(it.id != agent.id for it in found):
        raise Conflict(_("The team needs an owner: make somebody else one first."))


def sign_out_everywhere(login: str) -> int:
    """End all sessions and links of an agent; returns how many."""
    agent = get(login)
    with db.transaction() as session:
        ended = tokens.revoke_all(session, agent.id)
        audit.record(session, session.get_one(User, TEAM_ID), "agent.sign-out", agent.id, name=agent.name)
    tokens.announce(ended)
    return len(ended)


def sign_in_link(login: str | None = None) -> str:
    """The secret of a one-time link for this agent (or the first one made); raises NotFound without one."""
    with db.transaction() as session:
        here = select(User).where(User.kind == "agent", User.removed_at.is_(None))
        agent = session.scalar(_with_login(login) if login else here.order_by(User.created_at).limit(1))
        if agent is None:
            raise NotFound(
                _("There is no agent %(login)s.", login=login) if login else _("There is no agent yet; add one first.")
            )
        return tokens.issue(session, agent, "link", tokens.LINK_LIFETIME)[0]


def check_password(login: str, password: str) -> User:
    """The agent whose address and password these are; raises Unauthorized.

    It takes as long for an unknown address as for a known one, so that it does not tell who is an agent.
    """
    with db.reading() as session:
        agent = session.scalar(_with_login(login))
    known = passwords.verifies(agent.password_hash if agent else None, password)
    if agent is None or agent.password_hash is None or not known:
        raise Unauthorized(_("This address and password do not belong together."))
    if passwords.is_outdated(agent.password_hash):
        _keep_password(agent, password)
    return agent


def ask_for_code(agent: User) -> str:
    """The secret of somebody who has shown all but their second factor."""
    with db.transaction() as session:
        return tokens.issue(session, agent, "factor", CODE_LIFETIME)[0]


def open_inbox(agent: User, browser: str = "", by_link: bool = False) -> str:
    """The secret for the cookie of an agent who has shown who they are."""
    with db.transaction() as session:
        secret, ended = tokens.issue(session, agent, "inbox", tokens.INBOX_LIFETIME, browser, by_link)
    tokens.announce(ended)
    return secret


def set_password(agent: User, password: str, old: str, cookie: str) -> None:
    """Give the agent a new password, and end all their other sessions but the one of `cookie`.

    Raises Unprocessable when it is none that can be taken, Forbidden without the old one: unless there is none yet,
    or the session began with a one-time link a moment ago.
    """
    passwords.check(password)
    if (
        agent.password_hash
        and not tokens.is_fresh_by_link(cookie, RECENT)
        and not passwords.verifies(agent.password_hash, old)
    ):
        raise Forbidden(_("A new password needs the old one, or a fresh sign-in link."))
    _keep_password(agent, password)
    with db.transaction() as session:
        ended = tokens.revoke_all(session, agent.id, but=cookie)
        audit.record(session, agent, "agent.password", agent.id, name=agent.name)
    tokens.announce(ended)


def _keep_password(agent: User, password: str) -> None:
    hashed = passwords.hash_password(password)
    with db.transaction() as session:
        session.get_one(User, agent.id).password_hash = hashed
