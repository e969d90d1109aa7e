"""POST /w/session: how a visitor begins, and comes back."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from widget import shapes
from widget.chat import calls, conversations, people
from widget.chat.people import Profile
from widget.models import User
from widget.stream import events
from widget.web import fields, opening, viewer
from widget.web.answers import answer
from widget.web.limits import SESSIONS, behind_proxy, limiter

bp = Blueprint("session", __name__, url_prefix="/w")


@bp.post("/session")
@limiter.limit(SESSIONS, exempt_when=lambda: behind_proxy() or viewer.bearer_token() is not None)
def open_session() -> Response:
    """A token for a new visitor (201), or the same user again (200); in HTML with everything the popup shows."""
    said = fields.body()
    profile = Profile(
        name=fields.text(said, "name", 200),
        email=fields.text(said, "email", 320),
        picture=fields.link(said, "picture"),
        id=fields.text(said, "id", 200),
        identifier_hash=fields.text(said, "identifier_hash", 64),
    )
    current = viewer.visitor()
    people.verify_identity(profile, shapes.settings().identity_secret)
    visit = people.visit(current, profile)
    # Before anything is read, so that what happens in between comes over the stream.
    position = events.newest(visit.user.id)
    user = shapes.person(visit.user)
    return answer(
        {"token": visit.token, "user": user, "last_event_id": position},
        lambda: _everything(visit.user, visit.token, position),
        201 if visit.fresh else 200,
    )


def _everything(user: User, token: str, position: str) -> str:
    views = conversations.all_of(user)
    opening.taken(user, views)
    return render_template(
        "popup/session.html",
        token=token,
        user=shapes.person(user),
        position=position,
        calls=[shapes.call(it, user.id) for it in calls.live_of(user)],
        link=shapes.current_link(at_desk=False),
        conversations=[shapes.conversation(view) for view in views],
        **opening.opened(user, views[0].conversation.id),
    )
