"""Labels: words that the team puts on conversations, shared by all of it."""

from __future__ import annotations

import re

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from widget import db
from widget.chat import audit
from widget.chat.errors import Conflict, NotFound, TooLarge, Unprocessable
from widget.i18n import _
from widget.models import Conversation, ConversationLabel, Label, User

NAME_LIMIT = 40
"""The longest name, in characters."""

MOST = 20
"""How many labels one conversation may have."""

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def all_with_counts() -> list[tuple[Label, int]]:
    """All labels by name, each with the number of conversations that have it."""
    used = select(ConversationLabel.label_id, func.count().label("of")).group_by(ConversationLabel.label_id).subquery()
    query = select(Label, func.coalesce(used.c.of, 0)).outerjoin(used, used.c.label_id == Label.id)
    with db.reading() as session:
        return [(label, count) for label, count in session.execute(query.order_by(Label.key))]


def create(by: User, name: str, color: str | None = None) -> Label:
    """A new label; raises Conflict when there is one of this name, Unprocessable for a colour that is none."""
    with db.transaction() as session:
        if _named(session, name) is not None:
            raise Conflict(_("There is a label “%(name)s” already.", name=name))
        return _create(session, by, name, color)


def change(by: User, label_id: str, name: str | None = None, color: str | None = None) -> Label:
    """Another name or colour ("" for none), on every conversation that has it; raises like `create`, and NotFound."""
    try:
        with db.transaction() as session:
            label = _find(session, label_id)
            before = label.name
            if name is not None:
                label.name, label.key = _checked(name)
            if color is not None:
                label.color = _checked_color(color or None)
            audit.record(session, by, "label.change", label.id, name=[before, label.name])
    except IntegrityError:
        raise Conflict(_("There is a label “%(name)s” already.", name=name)) from None
    return label


def remove(by: User, label_id: str) -> None:
    """Take a label off every conversation, and away; raises NotFound."""
    with db.transaction() as session:
        label = _find(session, label_id)
        session.execute(delete(ConversationLabel).where(ConversationLabel.label_id == label_id))
        session.delete(label)
        audit.record(session, by, "label.remove", label_id, name=[label.name, None])


def put_on(session: Session, conversation: Conversation, by: User, names: list[str]) -> tuple[list[str], list[str]]:
    """Let a conversation that is locked have these labels and no others; returns the names that came and that went.

    A name that no label has makes one. Raises Unprocessable for too many.
    """
    if len(names) > MOST:
        raise Unprocessable(_("A conversation has at most %(most)s labels.", most=MOST))
    before = {label.key: label for label in conversation.labels}
    wanted: dict[str, Label] = {}
    for name in names:
        label = _named(session, name) or _create(session, by, name, None)
        wanted[label.key] = label
    added = [label for key, label in wanted.items() if key not in before]
    removed = [label for key, label in before.items() if key not in wanted]
    session.add_all(ConversationLabel(conversation_id=conversation.id, label_id=label.id) for label in added)
    if removed:
        session.execute(
            delete(ConversationLabel).where(
                ConversationLabel.conversation_id == conversation.id,
                ConversationLabel.label_id.in_([label.id for label in removed]),
            )
        )
    set_committed_value(conversation, "labels", sorted(wanted.values(), key=lambda label: label.name))
    return [label.name for label in added], [label.name for label in removed]


def _find(session: Session, label_id: str) -> Label:
    label = session.get(Label, label_id)
    if label is None:
        raise NotFound(_("There is no such label."))
    return label


def _named(session: Session, name: str) -> Label | None:
    return session.scalar(select(Label).where(Label.key == _checked(name)[1]))


def _create(session: Session, by: User, name: str, color: str | None) -> Label:
    shown, key = _checked(name)
    label = Label(name=shown, key=key, color=_checked_color(color))
    session.add(label)
    session.flush()
    audit.record(session, by, "label.create", label.id, name=[None, shown])
    return label


def _checked(name: str) -> tuple[str, str]:
    """A label's name as it is shown, and the key that it must not share with another one."""
    name = " ".join(name.split())
    if not name or "," in name:
        raise Unprocessable(_("A label needs a name, without a comma in it."))
    if len(name) > NAME_LIMIT or len(name.casefold()) > NAME_LIMIT:
        raise TooLarge(_("The name of a label has at most %(limit)s characters.", limit=NAME_LIMIT))
    return name, name.casefold()


def _checked_color(color: str | None) -> str | None:
    if color is not None and not _COLOR.fullmatch(color):
        raise Unprocessable(_("color must be six hexadecimal digits after a #."))
    return color
