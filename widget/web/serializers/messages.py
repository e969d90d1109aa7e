"""A message as one member sees it, with all that it carries."""

from __future__ import annotations

from collections.abc import Iterable

from widget.chat import receipts
from widget.chat.attachments import files
from widget.chat.conversations import visibility
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.messages import content, system
from widget.i18n import _, lazy
from widget.models import BODY_LIMIT, Attachment, Call, Member, Message, Preview
from widget.previews import lookup
from widget.text import richtext
from widget.text.durations import minutes_seconds
from widget.text.emoji import canonical
from widget.web.serializers.base import Json, iso_time, optional_time
from widget.web.serializers.users import user

CHANGED_SINCE = lazy("This message was changed later.")
"""What somebody who has left gets to see of a message that was edited afterwards."""


def message(message: Message, me: Member, members: Iterable[Member], viewer: str) -> Json:
    """A message as the user `viewer` sees it, whose member is `me`; what was changed after they left is hidden.

    Only what is private says so; nobody but the team ever gets it.
    """
    quoted = message.original if message.original and visibility.may_see(me, message.original) else None
    shape = {
        "id": message.id,
        "conversation": message.conversation_id,
        "seq": message.seq,
        "client_id": message.client_id,
        "version": message.version,
        "sender": user(message.sender),
        "mine": message.sender_id == viewer,
        "by_team": any(it.id == message.member_id and it.user_id == TEAM_ID for it in members),
        "kind": message.kind,
        "body": _body(message, me),
        "summary": summary(message, _body(message, me)),
        "status": receipts.status(message, me, members),
        "created_at": iso_time(message.created_at),
        "edited_at": optional_time(message.edited_at),
        "deleted": message.deleted_at is not None,
        "forwarded": message.forwarded,
        "reply_to": message.reply_to if quoted or not message.original else None,
        "quote": _quote(quoted, me) if quoted else None,
        "reactions": _reactions(message, me),
        "attachment": attachment(message.attachment) if message.attachment else None,
        "preview": _preview(message, me),
        "call": _told(message.call) if message.call else None,
        "refused": message.external_error if me.user_id == TEAM_ID else None,
    }
    if message.answer is not None:
        shape["answer"] = message.answer
    if message.content is not None and not visibility.changed_since_leaving(me, message):
        shape |= _content(message, me)
    if message.sender.kind == "bot" and me.user_id != TEAM_ID:
        shape["may_ask_for_person"] = True
    if _of_others(message, me):
        shape["bystander"] = True
    if message.event == "rating-asked":
        score = (message.params or {}).get("score")
        shape["rating"] = {"score": score, "open": score is None and me.user_id != TEAM_ID}
    return shape | {"private": True} if message.private else shape


def _content(message: Message, me: Member) -> Json:
    """What it offers, what was chosen of it, and whether the reader can still choose."""
    offered: Json = message.content or {}
    return {
        "content": offered,
        "answered": message.answered,
        "may_answer": message.answered is None and message.member_id != me.id and me.left_at is None,
        "is_fallback": message.body == content.plain(offered)[:BODY_LIMIT],
    }


def _told(call: Call) -> Json:
    """What became of a call; the duration in seconds."""
    return {"id": call.id, "media": call.media, "outcome": call.state, "duration": call.duration}


def _body(message: Message, me: Member) -> str:
    if visibility.changed_since_leaving(me, message):
        return str(CHANGED_SINCE)
    return system.sentence(message, mine=message.member_id == me.id or _of_others(message, me))


def _of_others(message: Message, me: Member) -> bool:
    """Whether it tells of a call that was for neither side of the reader's: in a group, another visitor's."""
    by_visitor = message.kind == "call" and message.sender.kind == "visitor"
    return by_visitor and me.user_id != TEAM_ID and me.id != message.member_id


def summary(message: Message, body: str, limit: int = 120) -> str:
    """A message on one line: its words, or what it carries."""
    file = message.attachment
    if body.strip() or file is None:
        return richtext.plain(body, limit)
    if file.kind == "audio":
        return _audio(file)
    return {"image": _("Photo"), "video": _("Video")}.get(file.kind, file.name)


def _audio(file: Attachment) -> str:
    """A recording has no name that says anything; any other audio file has."""
    if not file.duration:
        return _("Voice note") if file.waveform else file.name
    duration = minutes_seconds(file.duration / 1000)
    if file.waveform:
        return _("Voice note (%(duration)s)", duration=duration)
    return _("%(name)s (%(duration)s)", name=file.name, duration=duration)


def attachment(file: Attachment) -> Json:
    """A file as a message shows it; the addresses hold for a day at least. `duration` is in seconds."""
    return {
        "id": file.id,
        "url": files.signed_path(file),
        "name": file.name,
        "type": file.type,
        "size": file.size,
        "width": file.width,
        "height": file.height,
        "duration": file.duration / 1000 if file.duration else None,
        "thumbnail": files.signed_path(file, thumbnail=True) if file.thumbnail else None,
        "kind": file.kind,
        "placeholder": file.placeholder,
        "waveform": file.waveform,
    }


def _preview(message: Message, me: Member) -> Json | None:
    if message.link is None or message.link.preview is None or visibility.changed_since_leaving(me, message):
        return None
    return preview(message.link.preview)


def preview(page: Preview) -> Json:
    """What the page behind a link says of itself; `image` is kept here."""
    return {
        "url": page.url,
        "title": page.title,
        "description": page.description,
        "image": lookup.image_path(page),
        "site": page.site,
        "width": page.width,
        "height": page.height,
        "placeholder": page.placeholder,
    }


def _quote(original: Message, me: Member) -> Json:
    return {
        "id": original.id,
        "seq": original.seq,
        "sender": user(original.sender),
        "body": summary(original, _body(original, me), 200),
        "deleted": original.deleted_at is not None,
    }


def _reactions(message: Message, me: Member) -> list[Json]:
    """One entry for each emoji, in the order of their first use."""
    by_emoji: dict[str, Json] = {}
    for given in message.reactions:
        if me.left_at is not None and given.created_at > me.left_at:
            continue
        emoji = canonical(given.emoji)  # what was stored before there was one form is not another emoji
        one = by_emoji.setdefault(emoji, {"emoji": emoji, "count": 0, "mine": False, "names": []})
        one["count"] += 1
        one["mine"] |= given.member_id == me.id
        one["names"].append(given.user.name)
    return list(by_emoji.values())
