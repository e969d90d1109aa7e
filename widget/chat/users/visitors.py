"""Visitors: how they come to be, and how a site vouches for who they are."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from widget import db
from widget.chat.conversations import membership
from widget.chat.errors import Conflict, Forbidden, NotFound
from widget.chat.events import people_changed, user_changed
from widget.chat.search import index
from widget.chat.users import attributes, merging, names, tokens
from widget.i18n import _, listing
from widget.models import User, new_id
from widget.text import clean

NAME_LIMIT = 200
"""The longest name of a visitor, in characters."""


@dataclass(frozen=True)
class Profile:
    """What a page knows of its visitor. `id` counts only with `identifier_hash`, the site's proof of it."""

    name: str | None = None
    email: str | None = None
    picture: str | None = None
    id: str | None = None
    identifier_hash: str | None = None
    locale: str | None = None
    """The language that the visitor reads (BCP 47)."""
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    """What else it tells, as `attributes.told` has it."""


class OpenedSession(NamedTuple):
    """The answer to opening a session."""

    user: User
    token: str
    created: bool
    """Whether the token was made just now."""


def find(which: str) -> User:
    """The visitor of this id or e-mail address; raises NotFound, and Conflict with the ids where several say that the
    address is theirs: nobody has checked it."""
    with db.reading() as session:
        known = session.get(User, which)
        by_address = select(User).where(func.lower(User.email) == which.lower(), User.kind == "visitor")
        found = [known] if known else list(session.scalars(by_address.order_by(User.created_at)))
    if not found:
        raise NotFound(_("There is nobody of this id or address: %(which)s.", which=which))
    if len(found) > 1:
        ids = listing(f"{it.id} ({it.name})" for it in found)
        raise Conflict(_("Several have this address; please name one by id: %(ids)s.", ids=ids))
    return found[0]


def verify_identity(profile: Profile, secret: str) -> None:
    """Check the HMAC-SHA256 (hexadecimal) of the id against the site's secret, in constant time.

    Raises Forbidden when it does not hold or the site has no secret; a profile without an id needs no proof.
    """
    if profile.id is None:
        return
    if not secret:
        raise Forbidden(_("This chat does not accept user ids, because IDENTITY_SECRET is not set on the server."))
    proof = hmac.new(secret.encode(), profile.id.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(proof.encode(), (profile.identifier_hash or "").lower().encode()):
        raise Forbidden(_("The identifier_hash does not match this user id."))


def open_session(
    current: tuple[User, str] | None, profile: Profile, browser: str = "", address: str = ""
) -> OpenedSession:
    """Open or continue a session; `current` is the user and the token of the request.

    An anonymous visitor who turns out to be a user the site knows keeps their conversation, unless that user has
    one here already. A different user id always begins a session of its own. Whoever is identified gets a new token,
    and the one before is worthless: what was copied before signing in reads nothing afterwards.
    """
    try:
        return _open_session(current, profile, browser, address)
    except IntegrityError:  # two tabs brought the same new user id at once; now the other's row is there
        return _open_session(current, profile, browser, address)


def _open_session(current: tuple[User, str] | None, profile: Profile, browser: str, address: str) -> OpenedSession:
    ended: list[str] = []
    concerned: list[str] = []
    with db.transaction() as session:
        before = current
        user = session.get(User, current[0].id) if current else None
        if user is None or user.removed_at is not None:  # erased a moment ago
            user = current = None
        if profile.id is not None and (user is None or user.external_id != profile.id):
            known = session.scalar(select(User).where(User.external_id == profile.id))
            if user is None or user.external_id is not None or known is not None:
                user = known
            current = None
        new = user is None
        user = user or _arrive(session)
        changed = _describe(session, user, profile)
        if changed:
            index.put_user(session, user)
            concerned = [it.id for it in merging.same_person(session, user)]
        if current is None:
            token, ended = tokens.issue(session, user, "visitor", tokens.VISITOR_LIFETIME, browser)
            if before is not None:
                ended += tokens.revoke_in(session, before[1])
        else:
            token = current[1]
        tokens.note_address(session, token, address)
    tokens.announce(ended)
    if changed and not new:
        user_changed.send(user.id)
        people_changed.send(concerned)
    return OpenedSession(user, token, current is None)


def _arrive(session: Session) -> User:
    """A new visitor with the one conversation that everybody has: with the site's team."""
    user = User(id=new_id(), kind="visitor", name="")
    user.name = name_on_arrival(user)
    session.add(user)
    session.flush()
    membership.start_with_team(session, user)
    return user


def name_on_arrival(user: User) -> str:
    """What a visitor is called while nobody has given them a name."""
    return _("Visitor %(code)s", code=names.codes(user.id)[0])


def is_unnamed(user: User) -> bool:
    """Whether nobody has given this visitor a name: they have the name that they were given on arrival."""
    return user.name.endswith(tuple(f" {it}" for it in names.codes(user.id)))


def introduce(session: Session, user_id: str, profile: Profile) -> bool:
    """Take over what a visitor says of themselves, as far as it was not known; True when that changed something."""
    user = session.get_one(User, user_id)
    name = profile.name and clean.cut(clean.line(profile.name), NAME_LIMIT)
    email = profile.email if user.email is None else None
    changed = _describe(session, user, Profile((name or None) if is_unnamed(user) else None, email))
    if changed:
        index.put_user(session, user)
    return changed


def _describe(session: Session, user: User, profile: Profile) -> bool:
    """Copy the profile to the user, but for what the team has corrected; True when that changed something."""
    given = {
        "name": profile.name and names.of_visitor(session, profile.name),
        "email": profile.email,
        "picture": profile.picture,
        "external_id": profile.id,
        "locale": profile.locale,
        "attributes": attributes.merged(user.attributes, profile.attributes) if profile.attributes else None,
    }
    kept = user.corrected_fields
    told = {key: value for key, value in given.items() if value is not None and key not in kept}
    new = {key: value for key, value in told.items() if getattr(user, key) != value}
    for key, value in new.items():
        setattr(user, key, value)
    return bool(new)
