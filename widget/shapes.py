"""The JSON shapes of the public surface. Templates are given the same dictionaries, so both forms say the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import current_app

from widget import richtext
from widget.chat import answering, conversations, files, previews, receipts
from widget.chat.conversations import TEAM_ID, Overview
from widget.link import state
from widget.link.base import STATES, LinkState
from widget.models import Attachment, Call, Invite, Member, Message, Preview, User
from widget.settings import Settings
from widget.stream import listening

Shape = dict[str, Any]

CHANGED_SINCE = "This message was changed later."
"""What somebody who has left gets to see of a message that was edited afterwards."""


def settings() -> Settings:
    """The settings of the running app."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def moment(time: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as a browser's `Date` reads and writes it."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(time: datetime | None) -> str | None:
    return moment(time) if time else None


def person(user: User) -> Shape:
    """A user as others see them; the team bears the name and the picture of the settings."""
    if user.kind == "team":
        return {"id": user.id, "name": settings().display_name, "picture": settings().display_picture or None}
    return {"id": user.id, "name": user.name, "picture": user.picture}


def message(said: Message, me: Member, members: Iterable[Member]) -> Shape:
    """A message as the member `me` sees it. What was changed after they left is not theirs to see."""
    return {
        "id": said.id,
        "conversation": said.conversation_id,
        "seq": said.seq,
        "client_id": said.client_id,
        "version": said.version,
        "sender": person(said.sender),
        "mine": said.member_id == me.id,
        "kind": said.kind,
        "body": _body(said, me),
        "summary": summary(said, _body(said, me)),
        "status": receipts.status(said, me, members),
        "created_at": moment(said.created_at),
        "edited_at": _moment(said.edited_at),
        "deleted": said.deleted_at is not None,
        "forwarded": said.forwarded,
        "reply_to": said.reply_to,
        "quote": _quote(said.original, me) if said.original else None,
        "reactions": _reactions(said, me),
        "attachment": attachment(said.attachment) if said.attachment else None,
        "preview": _preview(said, me),
        "call": _told(said.call) if said.call else None,
        "refused": said.refusal.reason if said.refusal and me.user_id == TEAM_ID else None,
    }


def _told(call: Call) -> Shape:
    """What became of a call; the duration in seconds."""
    return {"id": call.id, "media": call.media, "outcome": call.state, "duration": call.duration}


def _body(said: Message, me: Member) -> str:
    return CHANGED_SINCE if conversations.changed_since_leaving(me, said) else said.body


def summary(said: Message, body: str, limit: int = 120) -> str:
    """A message on one line: its words, or what it carries."""
    kept = said.attachment
    if body.strip() or kept is None:
        return richtext.plain(body, limit)
    if kept.kind == "audio":
        name = "Voice note" if kept.waveform else kept.name
        return f"{name} ({clock(kept.duration)})" if kept.duration else name
    return {"image": "Photo", "video": "Video"}.get(kept.kind, kept.name)


def clock(milliseconds: int) -> str:
    """How long something takes, in minutes and seconds: 0:12."""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes}:{seconds:02}"


def attachment(kept: Attachment) -> Shape:
    """A file as a message shows it; the addresses hold for a day at least. `duration` is in seconds."""
    return {
        "id": kept.id,
        "url": files.address(kept),
        "name": kept.name,
        "type": kept.type,
        "size": kept.size,
        "width": kept.width,
        "height": kept.height,
        "duration": kept.duration / 1000 if kept.duration else None,
        "thumbnail": files.address(kept, thumbnail=True) if kept.thumbnail else None,
        "kind": kept.kind,
        "placeholder": kept.placeholder,
        "waveform": kept.waveform,
    }


def _preview(said: Message, me: Member) -> Shape | None:
    if said.link is None or said.link.preview is None or conversations.changed_since_leaving(me, said):
        return None
    return preview(said.link.preview)


def preview(found: Preview) -> Shape:
    """What the page behind a link says of itself; `image` is kept here."""
    return {
        "url": found.url,
        "title": found.title,
        "description": found.description,
        "image": previews.address(found),
        "site": found.site,
        "width": found.width,
        "height": found.height,
        "placeholder": found.placeholder,
    }


def _quote(original: Message, me: Member) -> Shape:
    return {
        "id": original.id,
        "seq": original.seq,
        "sender": person(original.sender),
        "body": summary(original, _body(original, me), 200),
        "deleted": original.deleted_at is not None,
    }


def _reactions(said: Message, me: Member) -> list[Shape]:
    """One entry for each emoji, in the order of their first use."""
    found: dict[str, Shape] = {}
    for given in said.reactions:
        if me.left_at is not None and given.created_at > me.left_at:
            continue
        one = found.setdefault(given.emoji, {"emoji": given.emoji, "count": 0, "mine": False, "names": []})
        one["count"] += 1
        one["mine"] |= given.member_id == me.id
        one["names"].append(given.user.name)
    return list(found.values())


def conversation(overview: Overview) -> Shape:
    """A conversation as one member has it in a list; without a name of its own it is called after the others."""
    it, me = overview.conversation, overview.me
    members = it.present_with(me)
    title = it.title if me.left_at is None else me.left_title
    others = [person(member.user) for member in members if member.id != me.id]
    furthest = it.last_seq if me.left_seq is None else me.left_seq
    return {
        "id": it.id,
        "kind": it.kind,
        "title": title or ", ".join(other["name"] for other in others),
        "picture": (it.picture if me.left_at is None else None)
        or (others[0]["picture"] if it.kind == "direct" and others else None),
        "unread": overview.unread,
        "role": me.role,
        "left": me.left_at is not None,
        "members": [
            person(member.user)
            | {
                "role": member.role,
                "delivered_upto": min(member.delivered_upto, furthest),
                "read_upto": min(member.read_upto, furthest),
            }
            for member in members
        ],
        "last": message(overview.last, me, it.members) if overview.last else None,
        "revision": it.revision,
        "updated_at": moment(overview.last.created_at if overview.last else it.updated_at),
    }


def presence(users: Iterable[User]) -> list[Shape]:
    """Who is here now, and when the others were last seen. The team is here while one of its agents is, at the `desk`
    (the inbox) or in an app.
    """
    users = list(users)
    answering_for_team = conversations.agents() if any(user.id == TEAM_ID for user in users) else []
    here = listening([user.id for user in users] + answering_for_team)
    at_desk = not here.isdisjoint(answering_for_team)
    in_app = bool(answering_for_team and state.apps_open(current_app.extensions["chat_redis"], answering_for_team))
    known = [
        {
            "user": user.id,
            "online": at_desk or in_app if user.id == TEAM_ID else user.id in here,
            "last_seen_at": _moment(user.last_seen_at),
            "answers": _usually() if user.id == TEAM_ID else None,
        }
        for user in users
    ]
    return [it | {"desk": at_desk} if it["user"] == TEAM_ID else it for it in known]


def _usually() -> str | None:
    """When the team usually answers, in words; from what was measured, so nothing before the first answer."""
    seconds = answering.usual()
    if seconds is None:
        return None
    for limit, words in ((600, "in minutes"), (5400, "in an hour"), (43_200, "in hours"), (129_600, "in a day")):
        if seconds <= limit:
            return f"replies {words}"
    return "replies in a few days"


def about(overview: Overview, at_desk: bool) -> Shape:
    """What there is to know of a conversation besides what was said: its members, and whether they are here."""
    shape = conversation(overview)
    users = {member.user.id: member.user for member in overview.conversation.members}
    known = [] if shape["left"] else [users[member["id"]] for member in shape["members"]]
    here = {it["user"]: it for it in presence(known)}
    own = overview.me.user_id
    for member in shape["members"]:
        member |= {"presence": here.get(member["id"]), "me": member["id"] == own}
    other = next((it for it in shape["members"] if not it["me"]), None)
    shape["presence"] = other["presence"] if other and shape["kind"] == "direct" else None
    shape["visitor"] = profile(users[other["id"]]) if at_desk and other and shape["kind"] == "direct" else None
    return shape


def profile(user: User) -> Shape:
    """What an agent is told of the visitor: what the site's page said, and since when they have been here."""
    return person(user) | {"email": user.email, "external_id": user.external_id, "since": moment(user.created_at)}


def receipt(overview: Overview, whose: Member) -> Shape:
    """How far one member has taken and read, and how far everybody but `me` has."""
    members = overview.conversation.present
    return {
        "conversation": overview.conversation.id,
        "member": whose.user_id,
        "delivered_upto": whose.delivered_upto,
        "read_upto": whose.read_upto,
        "delivered_to_all": receipts.delivered_to_all(overview.me, members),
        "read_by_all": receipts.read_by_all(overview.me, members),
    }


def typing(conversation_id: str, user: User) -> Shape:
    """Somebody is writing."""
    return {"conversation": conversation_id, "user": {"id": user.id, "name": person(user)["name"]}}


def call(it: Call, user_id: str) -> Shape:
    """A call as one person has it. `mine` says that it is theirs to talk in; `tab` is which of their tabs does."""
    calling = user_id == it.caller_id
    declined = any(ring.user_id == user_id and ring.declined_at for ring in it.rings)
    answered_by = it.callee or it.callee_member.user
    return {
        "id": it.id,
        "conversation": it.conversation_id,
        "media": it.media,
        "state": "declined" if it.state == "ringing" and declined else it.state,
        "role": "caller" if calling else "callee",
        "mine": calling or user_id == it.callee_id,
        "tab": it.caller_tab if calling else it.callee_tab if user_id == it.callee_id else None,
        "peer": person(answered_by if calling else it.caller),
        "round": it.round,
        "version": it.version,
        "duration": it.duration,
    }


def call_signal(call_id: str, tab: str, round_: int, what: Shape) -> Shape:
    """What one tab of a call says to the other, `tab`."""
    return {"id": call_id, "to": tab, "round": round_} | what


def invite(made: Invite, base: str) -> Shape:
    """An invitation; its address is on the chat's own origin, where it can be opened from anywhere."""
    return {"token": made.token, "url": f"{base}/join/{made.token}", "expires_at": moment(made.expires_at)}


def calls_to_apps() -> bool:
    """Whether a visitor can be given what it takes to call the team in a mesibo app."""
    return bool(settings().mesibo_app_token and settings().destination and settings().mesibo_link != "local")


def link(doing: LinkState, at_desk: bool) -> Shape:
    """How the link to the agents' apps is doing; why, and what would help, is for the team."""
    shape: Shape = {"name": doing.name, "state": doing.state}
    if at_desk:
        shape |= {"words": f"mesibo {STATES[doing.state]}", "reason": doing.reason or None, "waiting": doing.waiting}
    return shape


def current_link(at_desk: bool) -> Shape:
    """How the link is doing now, for a page that is loaded."""
    return link(current_app.extensions["chat_keeper"].state, at_desk)
