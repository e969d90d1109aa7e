"""Answers: what somebody has chosen or filled in, as a message of theirs; each content is answered once."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from widget.chat import events
from widget.chat.errors import Conflict, Forbidden, Unprocessable
from widget.chat.messages import content, history, sending
from widget.chat.messages.content import Content, Place
from widget.chat.messages.sending import Sent
from widget.i18n import _
from widget.models import Conversation, FormAnswer, Message, User
from widget.text import mail_addresses

_TEXT = {"text": 500, "email": 320, "textarea": 4000}


def answer(user: User, message_id: str, client_id: str, value: Any = None, values: Any = None) -> Sent:
    """Answer what a message offers: options and cards by the `value` of one, or `values`, a list, where several may be
    chosen; a form by `values`, an object with a value for each field by its name.

    The answer is a message that says it in words; the same `client_id` gets the first one again. Raises NotFound like
    `history.get`, Forbidden to whoever offers it and after leaving, Unprocessable with the path of what does not fit,
    and Conflict when it is answered already.
    """
    asked, me = history.get(user, message_id)
    if asked.content is None or asked.deleted_at is not None:
        raise Unprocessable(_("There is nothing in this message to choose or to fill in."))
    if asked.member_id == me.id:
        raise Forbidden(_("This is for the others to answer."))
    offered: Content = asked.content
    chosen = filled_in(offered, values) if offered["type"] == "form" else _chosen(offered, value, values)
    changed: list[bool] = []

    def carry(session: Session, message: Message) -> None:
        original = session.get_one(Message, message_id, populate_existing=True)
        if original.answered is not None or original.content is None:
            raise Conflict(_("This has been answered already."))
        message.answer = {"message": message_id} | chosen
        original.answered = {"message": message.id, "by": user.id} | chosen
        conversation = session.get_one(Conversation, message.conversation_id)
        changed.append(sending.mark_changed(session, conversation, original))
        if offered["type"] == "form":
            told = {"message": original.id, "title": offered["title"]}
            if "name" in offered:
                told["name"] = offered["name"]
                session.add(FormAnswer(message_id=message.id, form=offered["name"], created_at=message.created_at))
            events.form_submitted.send(message, session=session, form=told, values=chosen["values"])

    sent = sending.send_carrying(user, asked.conversation_id, client_id, words(offered, chosen), carry)
    for first in changed:
        events.message_changed.send(message_id, first=first)
    return sent


def _chosen(offered: Content, value: Any, values: Any) -> dict[str, Any]:
    titles = _titles(offered)
    if offered.get("multiple"):
        places = Place(values, "values").items(len(titles))
        found = list(dict.fromkeys(place.one_of(*titles) for place in places))
        return {"values": found}
    return {"value": Place(value, "value").one_of(*titles)}


def _titles(offered: Content) -> dict[str, str]:
    """Every value that can be chosen, with its title."""
    choices = list(offered.get("options", []))
    for card in offered.get("cards", []):
        choices += card["options"]
    return {it["value"]: it["title"] for it in choices}


def filled_in(offered: Content, values: Any) -> dict[str, Any]:
    """What a form is filled in with, checked field by field; raises Unprocessable with the path of what is wrong."""
    given = Place(values, "values")
    given.fields(*(field["name"] for field in offered["fields"]))
    checked = {field["name"]: _value(field, given[field["name"]]) for field in offered["fields"]}
    return {"values": {name: value for name, value in checked.items() if value is not None}}


def fits(field: Content, value: Any) -> bool:
    """Whether a form's field takes this value."""
    try:
        return _value(field, Place(value, "")) is not None
    except Unprocessable:
        return False


def _value(field: Content, given: Place) -> Any:
    kind = field["kind"]
    if given.value in (None, "") or (kind == "checkbox" and field["required"] and given.value is not True):
        if field["required"]:
            given.wrong(_("filled in"))
        return None
    if kind == "checkbox":
        return given.switch()
    if kind == "choice":
        return given.one_of(*(it["value"] for it in field["options"]))
    if kind in _TEXT:
        return _text(field, given)
    found, least, most = given.value, field.get("min"), field.get("max")
    if kind == "date" and not content.is_date(found):
        given.wrong(_("a day such as 2030-01-31"))
    if kind in ("number", "rating") and not content.is_number(found):
        given.wrong(_("a number"))
    if kind == "rating" and (found != int(found) or found < 1):
        given.wrong(_("a whole number from 1"))
    if least is not None and found < least:
        given.wrong(_("no less than %(least)s", least=least))
    if most is not None and found > most:
        given.wrong(_("no more than %(most)s", most=most))
    return found


def _text(field: Content, given: Place) -> str | None:
    text = given.text(min(_TEXT[field["kind"]], int(field.get("max", 10**9))), required=field["required"]) or ""
    if len(text) < field.get("min", 0):
        given.wrong(_("at least %(least)s characters long", least=field["min"]))
    if field["kind"] == "email" and not mail_addresses.is_public(text):
        given.wrong(_("an e-mail address"))
    return text


def words(offered: Content, chosen: dict[str, Any]) -> str:
    """What the answer says."""
    titles = _titles(offered)
    if offered["type"] != "form":
        values = chosen["values"] if "values" in chosen else [chosen["value"]]
        return ", ".join(titles[it] for it in values)
    lines = [
        f"{_asked(field)} {shown(field, chosen['values'][field['name']])}"
        for field in offered["fields"]
        if field["name"] in chosen["values"]
    ]
    return "\n".join(lines) or offered["title"]


def _asked(field: Content) -> str:
    """A field's label before a value: what is a question already needs no colon."""
    label = str(field["label"])
    return label if label.endswith(("?", ":", "!", ".", "？", "؟")) else f"{label}:"


def shown(field: Content, value: Any) -> str:
    """The value of a form's field, as people read it."""
    if field["kind"] == "checkbox":
        return _("yes") if value else _("no")
    if field["kind"] == "choice":
        return str(next(it["title"] for it in field["options"] if it["value"] == value))
    if field["kind"] == "rating":
        return f"{value} / {field['max']}"
    return str(value)
