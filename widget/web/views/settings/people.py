"""Who is in the team: invitations, roles, names and pictures, sessions, and leaving."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from widget.chat.errors import Conflict
from widget.chat.users import team
from widget.chat.users.team import NAME_LIMIT, Person
from widget.i18n import _, lazy
from widget.models import User
from widget.notifications import invitation, mail, queue
from widget.web import fields, own_address, serializers
from widget.web.serializers import Json, optional_time
from widget.web.views.settings import frame
from widget.web.views.settings.pictures import received_picture

AREA = "people"


@frame.area(AREA, lazy("People"), styles="settings_people")
def page(agent: User) -> Json:
    """Everybody of the team, oneself first."""
    people = [_person(it) for it in team.everybody()]
    people.sort(key=lambda it: bool(it["id"] != agent.id))
    known = {"mail": mail.is_set_up(), "mail_error": queue.last_error(invitation.CHANNEL)}
    return {"people": people, "me": agent.id, "invited": None} | known


@frame.bp.post("/people")
def invite() -> Response:
    """Invite somebody by their `email`, with a `name` and a `role`: by mail; without a mail server the link is in this
    answer, and only here."""
    form = fields.body()
    name = fields.line(form, "name", NAME_LIMIT)
    role = fields.one_of(form, "role", *team.ROLES) if form.get("role") else "agent"
    person, secret = team.invite(frame.agent(), fields.exact(form, "email", 320) or "", name, role)
    return _mailed(person.id) if mail.is_set_up() else _invited(person.id, secret)


@frame.bp.post("/people/<id:user_id>/link")
def invite_again(user_id: str) -> Response:
    """A fresh link for somebody; the older ones are worthless."""
    return _invited(user_id, team.invite_again(frame.agent(), user_id))


@frame.bp.post("/people/<id:user_id>/mail")
def mail_again(user_id: str) -> Response:
    """A fresh link for somebody, by mail; raises Conflict where no mail can be sent."""
    if not mail.is_set_up():
        raise Conflict(_("No mail can be sent: SMTP_URL and MAIL_FROM are not set."))
    team.invite_again(frame.agent(), user_id)
    return _mailed(user_id)


@frame.bp.patch("/people/<id:user_id>")
def change_person(user_id: str) -> Response:
    """Another `role` or `name`."""
    form = fields.body()
    if "role" in form:
        team.set_role(frame.agent(), user_id, fields.one_of(form, "role", *team.ROLES))
    if "name" in form:
        team.set_profile(frame.agent(), user_id, name=fields.line(form, "name", NAME_LIMIT) or "")
    return frame.changed(AREA)


@frame.bp.post("/people/<id:user_id>/sign-out")
def sign_out(user_id: str) -> Response:
    """End all of somebody's sessions."""
    team.sign_out(frame.agent(), user_id)
    return frame.changed(AREA)


@frame.bp.delete("/people/<id:user_id>")
def remove_person(user_id: str) -> Response:
    """Take somebody out of the team; what they have goes to `hand_to`, or by turns, or to nobody."""
    team.remove(frame.agent(), user_id, fields.object_id(request.args | fields.body(), "hand_to", "a user"))
    return frame.changed(AREA)


@frame.bp.patch("/people/me")
@frame.for_agents
def change_me() -> Response:
    """Another `name` of one's own."""
    me = frame.agent()
    team.set_profile(me, me.id, name=fields.line(fields.body(), "name", NAME_LIMIT) or "")
    return frame.changed(AREA)


@frame.bp.post("/people/me/picture")
@frame.for_agents
def change_my_picture() -> Response:
    """Another picture of oneself (`file`)."""
    me = frame.agent()
    team.set_profile(me, me.id, picture=received_picture())
    return frame.changed(AREA)


@frame.bp.delete("/people/me/picture")
@frame.for_agents
def remove_my_picture() -> Response:
    """The initials instead."""
    me = frame.agent()
    team.set_profile(me, me.id, picture="")
    return frame.changed(AREA)


def _person(it: Person) -> Json:
    return serializers.agent(it.user, it.held) | {
        "email": it.user.login,
        "sessions": it.sessions,
        "invited_until": optional_time(it.invited_until),
        "has_signed_in": it.user.password_hash is not None or it.sessions > 0 or it.user.last_seen_at is not None,
        "second_factor": it.user.totp_secret is not None,
    }


def _invited(user_id: str, secret: str) -> Response:
    link = f"{own_address.base_url()}/inbox/link/{secret}"
    return frame.changed(AREA, invited={"id": user_id, "link": link, "mailed": False})


def _mailed(user_id: str) -> Response:
    invitation.send_soon(user_id)
    return frame.changed(AREA, invited={"id": user_id, "link": None, "mailed": True})
