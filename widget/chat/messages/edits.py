"""What can be done with a message once it is sent: its author edits or deletes it, everybody puts an emoji on it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from widget import db
from widget.chat import events, team_settings
from widget.chat.attachments import files
from widget.chat.conversations import cases
from widget.chat.errors import Forbidden, Unprocessable
from widget.chat.messages import content, link_previews, sending
from widget.chat.messages.sending import ExternalId
from widget.chat.search import index
from widget.i18n import _, ngettext, number
from widget.models import SYSTEM_KINDS, Conversation, Message, Reaction, User, now
from widget.text.emoji import canonical


def window() -> timedelta:
    """For how long its author may edit or delete a message."""
    return timedelta(minutes=team_settings.recent("privacy")["edit_minutes"])


def may_change(user: User, message: Message, within: timedelta) -> bool:
    """Whether `user` may still edit or delete this message."""
    return (
        message.sender_id == user.id
        and message.kind not in SYSTEM_KINDS
        and message.deleted_at is None
        and now() - message.created_at <= within
    )


def _check(user: User, message: Message, within: timedelta) -> None:
    if message.sender_id != user.id:
        raise Forbidden(_("Only the author of a message can change it."))
    if now() - message.created_at > within:
        minutes = round(within.total_seconds() / 60)
        raise Forbidden(
            ngettext(
                "A message can be changed for %(minutes)s minute.",
                "A message can be changed for %(minutes)s minutes.",
                minutes,
                minutes=number(minutes),
            )
            if minutes
            else _("Messages cannot be changed here.")
        )


def edit(
    user: User,
    message_id: str,
    body: str,
    within: timedelta,
    preview: bool = False,
    external_id: ExternalId | None = None,
) -> None:
    """Let a message say something else, `preview` as in `messages.send`; nothing happens when it says so already.

    What came from an agent's app, as `external_id`, does not leave for the apps again.

    Raises NotFound for what one cannot see, Forbidden for the messages of others and after the time `within`,
    Unprocessable for an empty body or a deleted message, TooLarge like sending.
    """
    sending.check_body(body, may_be_empty=True)
    with db.transaction() as session:
        conversation, message, _me = sending.lock_for_change(session, user, message_id)
        _check(user, message, within)
        sending.check_body(body, may_be_empty=message.attachment is not None)
        if message.deleted_at is not None:
            raise Unprocessable(_("This message was deleted."))
        if message.body == body:
            return
        message.body = body
        message.edited_at = now()
        link_previews.attach_preview(session, message, preview)
        first = sending.mark_changed(session, conversation, message)
        index.change_message(session, message)
        events.message_committing.send(message, session=session, external_id=external_id)
    events.message_changed.send(message_id, first=first)


def delete_message(user: User, message_id: str, within: timedelta, external_id: ExternalId | None = None) -> None:
    """Delete a message for all: its text, its file and its reactions are gone, only that it was there remains.

    Deleting again changes nothing. Raises NotFound and Forbidden like `edit`.
    """
    with db.transaction() as session:
        conversation, message, _me = sending.lock_for_change(session, user, message_id)
        before = cases.state(conversation)
        if message.deleted_at is not None and message.sender_id == user.id:
            return
        _check(user, message, within)
        pictures = content.pictures(message.content)
        first = empty(session, conversation, message, external_id)
    events.message_changed.send(message_id, first=first)
    if pictures:
        events.pictures_dropped.send(pictures)
    if cases.state(conversation) != before:
        events.work_changed.send(conversation.id, listed=True)


def empty(
    session: Session, conversation: Conversation, message: Message, external_id: ExternalId | None = None
) -> bool:
    """Take out of a message of a `locked` conversation all that it says and carries; returns `first` as in
    `sending.mark_changed`."""
    message.body = ""
    message.content = message.answered = message.answer = None
    message.deleted_at = now()
    message.edited_at = None
    files.detach(session, message)
    link_previews.attach_preview(session, message, wanted=False)
    session.execute(delete(Reaction).where(Reaction.message_id == message.id))
    cases.words_deleted(session, conversation)
    first = sending.mark_changed(session, conversation, message)
    index.change_message(session, message)
    events.message_committing.send(message, session=session, external_id=external_id)
    return first


def react(user: User, message_id: str, emoji: str | None) -> None:
    """Put an emoji on a message in place of one's former one; None takes it away.

    Raises NotFound for what one cannot see, Forbidden after leaving, Unprocessable for a deleted message.
    """
    emoji = canonical(emoji) if emoji is not None else None
    with db.transaction() as session:
        conversation, message, me = sending.lock_for_change(session, user, message_id)
        if message.deleted_at is not None:
            raise Unprocessable(_("This message was deleted."))
        given = session.get(Reaction, (message_id, me.id))
        if (given.emoji if given else None) == emoji:
            return
        if given is not None:
            session.delete(given)
            session.flush()
        if emoji is not None:
            session.add(Reaction(message_id=message_id, member_id=me.id, user_id=user.id, emoji=emoji))
        first = sending.mark_changed(session, conversation, message)
    events.message_changed.send(message_id, first=first)
