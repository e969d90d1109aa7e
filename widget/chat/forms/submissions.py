"""Submissions: a named form is filled in by a visitor, as a message of theirs to the team."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from widget import db
from widget.chat import events
from widget.chat.conversations import labels
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Forbidden, NotFound
from widget.chat.forms import named
from widget.chat.messages import answers, sending
from widget.chat.messages.sending import Sent
from widget.chat.users import visitors
from widget.chat.users.visitors import Profile
from widget.i18n import _
from widget.models import BODY_LIMIT, Conversation, FormAnswer, Member, Message, User
from widget.text import clean


def submit(user: User, name: str, client_id: str, values: Any) -> Sent:
    """Fill in a named form: a message to the team, whose conversation gets the form's name as a label.

    The same `client_id` gets the first one again. Raises NotFound for no such form, Forbidden to the team, and
    Unprocessable with the path of what does not fit.
    """
    if user.principal_id == TEAM_ID:
        raise Forbidden(_("Visitors fill in forms; the team reads them."))
    form = named.form(name)
    chosen = answers.filled_in(form, values)
    described: list[bool] = []

    def carry(session: Session, message: Message) -> None:
        message.answer = {"form": name} | chosen
        session.add(FormAnswer(message_id=message.id, form=name, created_at=message.created_at))
        if name == named.PRECHAT:
            described.append(_introduce(session, user, form, chosen["values"]))
        else:
            _label(session, message.conversation_id, name)
        told = {"name": name, "title": form["title"]}
        events.form_submitted.send(message, session=session, form=told, values=chosen["values"])

    where = conversation_with_team(user)
    words = f"{form['title']}\n{answers.words(form, chosen)}" if chosen["values"] else form["title"]
    sent = sending.send_carrying(user, where, client_id, clean.cut(words, BODY_LIMIT), carry)
    if sent.created:
        events.work_changed.send(where, listed=True)
    if any(described):
        events.user_changed.send(user.id)
    return sent


def conversation_with_team(user: User) -> str:
    """The id of the conversation that every visitor has with the team; raises NotFound for somebody without."""
    own = select(Member.conversation_id).join(Conversation, Conversation.id == Member.conversation_id)
    with db.reading() as session:
        found = session.scalar(own.where(Member.user_id == user.id, Conversation.kind == "direct").limit(1))
    if found is None:
        raise NotFound(_("There is no such conversation."))
    return found


def _label(session: Session, conversation_id: str, name: str) -> None:
    """Put the form's name on the conversation, which is locked, beside the labels that it has."""
    conversation = session.get_one(Conversation, conversation_id)
    there = [label.name for label in conversation.labels]
    if len(there) < labels.MOST and name not in {it.casefold() for it in there}:
        labels.put_on(session, conversation, session.get_one(User, TEAM_ID), [*there, name])


def _introduce(session: Session, user: User, form: dict[str, Any], values: dict[str, Any]) -> bool:
    """A visitor who says who they are is called that, unless the page has told it already."""
    filled_in = {about: str(values[field["name"]]) for field in form["fields"] if (about := _about(field, values))}
    return visitors.introduce(session, user.id, Profile(name=filled_in.get("name"), email=filled_in.get("email")))


def _about(field: dict[str, Any], there: Any) -> str | None:
    """What a field asks about the visitor, if it is one of these: `name` or `email`."""
    if field["name"] not in there:
        return None
    if field["kind"] == "email":
        return "email"
    return "name" if field["name"] == "name" and field["kind"] == "text" else None


def known(user: User, form: dict[str, Any]) -> dict[str, str]:
    """What a form asks and is known of the visitor already, by the names of its fields."""
    told = {"email": user.email or "", "name": "" if visitors.is_unnamed(user) else user.name}
    names = {field["name"]: field for field in form["fields"]}
    known_values = {
        name: told[about] for name, field in names.items() if (about := _about(field, names)) and told[about]
    }
    return {name: value for name, value in known_values.items() if answers.fits(names[name], value)}


def prechat_for(user: User) -> str | None:
    """The conversation before whose first message the visitor is asked; None where there is nothing to ask."""
    form = named.recent().get(named.PRECHAT)
    if form is None or len(known(user, form)) == len(form["fields"]):
        return None
    where = conversation_with_team(user)
    own = select(Message.id).join(Member, Member.id == Message.member_id)
    with db.reading() as session:
        has_written = session.scalar(own.where(Member.user_id == user.id, Member.conversation_id == where).limit(1))
    return None if has_written else where
