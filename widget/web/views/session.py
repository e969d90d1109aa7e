"""/w/session: how a visitor begins, comes back, and ends it."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from widget import extensions, i18n, visits
from widget.chat import blocks
from widget.chat.calls import calls
from widget.chat.conversations import views as conversation_views
from widget.chat.errors import Unauthorized
from widget.chat.events import people_changed
from widget.chat.forms import named, submissions
from widget.chat.users import attributes, tokens, visitors
from widget.chat.users.visitors import Profile
from widget.i18n import _
from widget.models import User
from widget.realtime import events
from widget.web import auth, conversation_page, fields, network_address, serializers
from widget.web.content_negotiation import respond
from widget.web.limits import TYPING, by_network, by_token, by_user, limiter, sessions
from widget.web.views import forms

KNOWN = ("name", "email", "picture", "id", "identifier_hash", "locale", "page")
"""What a page tells that has a place of its own; everything else is an attribute."""

bp = Blueprint("session", __name__, url_prefix="/w")


@bp.post("/session")
@limiter.limit(sessions, key_func=by_network, exempt_when=lambda: auth.bearer_token() is not None)
@limiter.limit(TYPING, key_func=by_token, exempt_when=lambda: auth.bearer_token() is None)
def open_session() -> Response:
    """A token for a new visitor (201), or the same user again (200); in HTML with everything the popup shows.

    What the body has besides KNOWN are attributes, for the team; null forgets one.
    """
    current = auth.visitor()  # who is asking comes first: the body may be long in coming
    form = fields.body()
    profile = Profile(
        name=fields.line(form, "name", visitors.NAME_LIMIT),
        email=fields.mail_address(form, "email"),
        picture=fields.web_address(form, "picture"),
        id=fields.exact(form, "id", 200),
        identifier_hash=fields.exact(form, "identifier_hash", 64),
        attributes=attributes.told({name: value for name, value in form.items() if name not in KNOWN}),
        locale=i18n.wanted_by_browser(fields.language(form, "locale")),
    )
    network = network_address.of_request()
    if current is None:
        blocks.require_none(network)  # somebody new from an address that is blocked
    visitors.verify_identity(profile, extensions.settings().identity_secret)
    visit = visitors.open_session(current, profile, request.headers.get("User-Agent", ""), network)
    visits.note(visit.user.id, form.get("page"))
    i18n.answer_in(visit.user.locale)
    # Before anything is read, so that what happens in between comes over the stream.
    position = events.newest_id(visit.user.id)
    user = serializers.user(visit.user)
    return respond(
        {"token": visit.token, "user": user, "last_event_id": position},
        lambda: _everything(visit.user, visit.token, position),
        201 if visit.created else 200,
    )


@bp.patch("/session")
@limiter.limit(TYPING, key_func=by_user)
def note_surroundings() -> Response:
    """Where the visitor's chat is open, for the team: the `page` with its `title` and `referrer`, the `time_zone` and
    the kind of `screen` (phone, tablet, computer)."""
    visitor, form = auth.user(), fields.body()
    visits.note_browser(visitor.id, fields.exact(form, "time_zone", 60), fields.exact(form, "screen", 20))
    if visits.note(visitor.id, *(form.get(it) for it in ("page", "title", "referrer"))):
        people_changed.send([visitor.id])
    return Response(status=204)


@bp.delete("/session")
def end() -> Response:
    """End the session: its token is worthless, and its streams close."""
    current = auth.visitor()
    if current is None:
        raise Unauthorized(_("Nobody is signed in."))
    tokens.revoke(current[1])
    return Response(status=204)


def _prechat(user: User) -> serializers.Json | None:
    """The form that is asked before this visitor's first message, if there is one to ask."""
    where = submissions.prechat_for(user)
    return forms.asked(user, named.PRECHAT) | {"conversation": where} if where else None


def _everything(user: User, token: str, position: str) -> str:
    views = conversation_views.list_for(user)
    conversation_page.note_delivered(user, views)
    return render_template(
        "popup/session.html",
        token=token,
        user=serializers.user(user),
        position=position,
        calls=[serializers.call(it, user.id) for it in calls.live_of(user)],
        mesibo_status=serializers.current_mesibo_status(is_agent=False),
        conversations=serializers.conversations(views),
        prechat=_prechat(user),
        **conversation_page.page_of(user, views[0].conversation.id),
    )
