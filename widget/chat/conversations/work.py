"""What the team does with a conversation as a whole: who answers it, its status, its labels; in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from widget import db
from widget.chat import audit, events
from widget.chat.conversations import assignment, cases, labels, membership, ratings
from widget.chat.conversations.cases import OPEN, RESOLVED, SNOOZED, STATUSES
from widget.chat.errors import Unprocessable
from widget.chat.messages import notes, system
from widget.i18n import _
from widget.models import Conversation, Message, User, now

LONGEST_SNOOZE = timedelta(days=366)

Line = tuple[str, dict[str, str]]
"""An event of `system.WORK_EVENTS` and its values."""


@dataclass(frozen=True)
class Change:
    """What is to become of a conversation; None leaves it as it is."""

    status: str | None = None
    snoozed_until: datetime | None = None
    """With it, the status may be left out. Snoozed without it: until the visitor writes."""
    assignee: str | None = None
    """The id of somebody of the team; "me"; or "" for nobody."""
    if_assignee: str | None = None
    """Who has it, as far as whoever asks for this knows, in the same form: if that is wrong, nothing happens."""
    labels: list[str] | None = None
    ask_rating: bool | None = None
    """Whether resolving asks the visitor how it was; None: as the settings say."""


def change(user: User, conversation_id: str, wanted: Change) -> None:
    """Do what an agent wants done with a conversation, and tell the team, in its log too; the visitor learns nothing.

    Raises Forbidden to visitors, NotFound, Unprocessable for what cannot be, and Conflict, in a sentence that names
    who was quicker, when it is somebody else's than `if_assignee` says.
    """
    notes.require_team(user)
    _check(wanted)
    with db.transaction() as session:
        conversation = membership.lock(session, conversation_id)
        me = membership.member_of(session, user, conversation_id)
        before, labels_before = cases.state(conversation), [label.id for label in conversation.labels]
        lines = _apply(session, conversation, user, wanted)
        written = [system.append(session, conversation, me, user, event, **values) for event, values in lines]
        written += _ask_rating(session, conversation, before, wanted)
        after = cases.state(conversation)
        if (before, labels_before) == (after, [label.id for label in conversation.labels]):
            return
        conversation.revision += 1
        _record(session, conversation, user, before)
    announce(conversation, written)


def announce(conversation: Conversation, lines: list[Message]) -> None:
    """Tell the team what has just been committed: the lines of the log, and the list's entry."""
    for line in lines:
        events.message_changed.send(line.id, first=True)
    events.work_changed.send(conversation.id, listed=False)


def log(session: Session, conversation: Conversation, event: str, **values: str) -> Message:
    """A line for the team about what a rule has done, in a conversation that is locked."""
    me = membership.member_of(session, User(id=membership.TEAM_ID), conversation.id)
    return system.append(session, conversation, me, me.user, event, **values)


def _check(wanted: Change) -> None:
    if wanted.status is not None and wanted.status not in STATUSES:
        raise Unprocessable(_("status must be open, snoozed or resolved."))
    if wanted.snoozed_until is None:
        return
    if wanted.status not in (None, SNOOZED):
        raise Unprocessable(_("Only what is snoozed has a time at which it opens again."))
    if not now() < wanted.snoozed_until <= now() + LONGEST_SNOOZE:
        raise Unprocessable(_("snoozed_until must be a time in the year to come."))


def _apply(session: Session, conversation: Conversation, user: User, wanted: Change) -> list[Line]:
    """Change the row; returns what is to stand in the log."""
    lines: list[Line] = []
    status = SNOOZED if wanted.snoozed_until else wanted.status
    case = cases.current(session, conversation)
    if status is not None and case is None:
        raise Unprocessable(_("Nobody has written anything in this conversation yet."))
    # Before it is opened again, which may take it from whoever is away.
    target = _person(wanted.assignee, user) if wanted.assignee is not None else conversation.assignee_id
    if wanted.if_assignee is not None and target != conversation.assignee_id:
        assignment.require(session, conversation, _person(wanted.if_assignee, user))
    if case is not None and status in (OPEN, SNOOZED) and conversation.status == RESOLVED:
        cases.reopen(session, conversation, case, user)
        lines += [("work-reopened", {})] if status == OPEN else []
    if wanted.assignee is not None and target != conversation.assignee_id:
        lines.append(_hand_over(session, conversation, user, target))
    if status == SNOOZED and (conversation.status, conversation.snoozed_until) != (SNOOZED, wanted.snoozed_until):
        conversation.status, conversation.snoozed_until = SNOOZED, wanted.snoozed_until
        lines.append(_snoozed(wanted.snoozed_until))
    if status == OPEN and conversation.status == SNOOZED:
        conversation.status, conversation.snoozed_until = OPEN, None
        lines.append(("work-unsnoozed", {}))
    if case is not None and status == RESOLVED and conversation.status != RESOLVED:
        cases.settle(session, conversation, case, user, now())
        lines.append(("work-resolved", {}))
    if wanted.labels is not None:
        added, removed = labels.put_on(session, conversation, user, wanted.labels)
        lines += [("label-added", {"label": it}) for it in added]
        lines += [("label-removed", {"label": it}) for it in removed]
    return lines


def _person(name: str, user: User) -> str | None:
    return user.id if name == "me" else name or None


def _hand_over(session: Session, conversation: Conversation, user: User, target: str | None) -> Line:
    assignee = assignment.find(session, target) if target else None
    assignment.assign(session, conversation, assignee, user)
    if assignee is None:
        return "work-given-back", {}
    return ("work-taken", {}) if assignee.id == user.id else ("work-assigned", {"other": assignee.name})


def _snoozed(until: datetime | None) -> Line:
    return ("work-snoozed-until", {"until": f"{until:%Y-%m-%d %H:%M} UTC"}) if until else ("work-snoozed", {})


def _ask_rating(session: Session, conversation: Conversation, before: cases.State, wanted: Change) -> list[Message]:
    """The line that asks the visitor how it was, if this change has resolved their case and they are to be asked."""
    case = cases.current(session, conversation)
    resolved = conversation.status == RESOLVED != before.status
    if case is None or not resolved or wanted.ask_rating is False or not (wanted.ask_rating or ratings.are_wanted()):
        return []
    return ratings.ask(session, conversation, case, now())


def _record(session: Session, conversation: Conversation, user: User, before: cases.State) -> None:
    after = cases.state(conversation)
    if after.status != before.status:
        audit.record(session, user, "conversation.status", conversation.id, status=[before.status, after.status])
    if after.assignee != before.assignee:
        changed = [before.assignee, after.assignee]
        audit.record(session, user, "conversation.assign", conversation.id, assignee=changed)
