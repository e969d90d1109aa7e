"""A conversation as one member has it, and what happens in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from widget import extensions, visits
from widget.chat import blocks
from widget.chat.attachments import exchanged
from widget.chat.conversations import visibility
from widget.chat.conversations.views import ConversationView
from widget.chat.receipts import Watermarks
from widget.chat.users import merging, person_notes, tokens
from widget.i18n import listing, ngettext
from widget.models import Attachment, Invite, Member, Message, User
from widget.text import browsers
from widget.threads import in_turns, run_in_thread
from widget.web.serializers.base import Json, iso_time
from widget.web.serializers.messages import attachment, message
from widget.web.serializers.users import presence, profile, user
from widget.web.serializers.work import person_note, work

NAMED = 4
"""After how many of many members a conversation is called that has no name."""


def conversations(overviews: Iterable[ConversationView]) -> list[Json]:
    """A page of the list of somebody."""
    return [conversation(it) for it in in_turns(overviews)]


def conversation(overview: ConversationView, last: Json | None = None, made: list[Json] | None = None) -> Json:
    """A conversation as one user has it in a list; without a name of its own it is called after the others.

    For the team with the state of its work. `last` and `made` are the shapes of its newest message and of its
    members, where there are any already.
    """
    it, me = overview.conversation, overview.me
    whole = made or members(overview)
    title = it.title if me.left_at is None else me.left_title
    others = [] if title and it.kind == "group" else [shape for shape in whole if shape["id"] != me.user_id]
    shape = {
        "id": it.id,
        "kind": it.kind,
        "title": title or _called_after([other["name"] for other in others]),
        "picture": (it.picture if me.left_at is None else None)
        or (others[0]["picture"] if it.kind == "direct" and others else None),
        "unread": overview.unread,
        "role": me.role,
        "left": me.left_at is not None,
        "members": whole,
        "last": last or (message(overview.last, me, it.members, overview.viewer) if overview.last else None),
        "revision": it.revision,
        "updated_at": iso_time(overview.last.created_at if overview.last else it.updated_at),
    }
    return shape | work(it) if visibility.is_team(me) else shape


def members(overview: ConversationView) -> list[Json]:
    """The members of a conversation, which are the same for all who have not left."""
    it, me = overview.conversation, overview.me
    furthest = it.public_seq if me.left_seq is None else me.left_seq
    return [_member(member, furthest) for member in it.present_with(me)]


def _member(it: Member, furthest: int) -> Json:
    """A member, and how far they are in messages up to this one."""
    delivered, read = min(it.delivered_upto, furthest), min(it.read_upto, furthest)
    return user(it.user) | {"role": it.role, "delivered_upto": delivered, "read_upto": read}


def _called_after(names: list[str]) -> str:
    """What a conversation is called that has no name: all of its members or, of many, the first."""
    if len(names) > NAMED + 1:
        more = len(names) - NAMED
        names = [*names[:NAMED], ngettext("%(num)s more", "%(num)s more", more)]
    return listing(names)


def details(overview: ConversationView, reader: User) -> Json:
    """What there is to know of a conversation besides its messages: its members, and whether they are here; for the
    team, who the visitor is."""
    shape = conversation(overview)
    users = {member.user.id: member.user for member in overview.conversation.members}
    known = [] if shape["left"] else [users[member["id"]] for member in shape["members"]]
    here = {it["user"]: it for it in presence(known)}
    own = overview.me.user_id
    for member in shape["members"]:
        member |= {"presence": here.get(member["id"]), "me": member["id"] == own}
    other = next((it for it in shape["members"] if not it["me"]), None)
    # In a group it is the team's: whether somebody will answer.
    shape["presence"] = other["presence"] if other and shape["kind"] == "direct" else here.get("team")
    about = users[other["id"]] if visibility.is_team(overview.me) and other and shape["kind"] == "direct" else None
    shape["visitor"] = _visitor(about, reader, shape["id"]) if about else None
    return shape


def _visitor(about: User, agent: User, conversation_id: str) -> Json:
    """What an agent is told of a visitor: who they are, where they are and were, in which browser, what was before."""
    browser = run_in_thread(browsers.name, tokens.newest_browser(about.id))
    seen = {
        "can_prove": extensions.settings().sends_mails,
        "pages": visits.pages(about.id),
        "browser": browser,
        "locale": about.locale,
        "attributes": about.attributes or {},
    } | visits.browser(about.id)
    person = merging.person_of(agent, about, conversation_id)
    known = {"merged": [profile(it) for it in person.merged], "earlier": [_earlier(it) for it in person.conversations]}
    known["files"] = [_file(it) for it in exchanged.newest(agent, about)]
    if visibility.reads_notes(agent):
        known["notes"] = [person_note(it, about) for it in person_notes.newest(agent, about)]
    return profile(about) | seen | known | {"blocked": blocks.of_visitor(about.id)}


def _file(sent: Attachment) -> Json:
    """A file that was sent, with who sent it and where."""
    shape, carrier = attachment(sent), cast(Message, sent.message)
    return {name: shape[name] for name in ("id", "url", "name", "type", "size", "kind", "thumbnail")} | {
        "message": carrier.id,
        "conversation": carrier.conversation_id,
        "sender": user(carrier.sender),
        "at": iso_time(carrier.created_at),
        "private": carrier.private,
    }


def _earlier(overview: ConversationView) -> Json:
    """Another conversation of the same person, as a line."""
    shape = conversation(overview)
    line = {name: shape[name] for name in ("id", "title", "status", "updated_at")}
    return line | {"last": shape["last"]["summary"] if shape["last"] else ""}


def receipt(overview: ConversationView, whose: Member) -> Json:
    """How far one member has taken and read, and how far everybody but `me` has."""
    watermarks = Watermarks(overview.conversation.present)
    return {
        "conversation": overview.conversation.id,
        "member": whose.user_id,
        "delivered_upto": whose.delivered_upto,
        "read_upto": whose.read_upto,
        "delivered_to_all": watermarks.delivered_to_all(overview.me),
        "read_by_all": watermarks.read_by_all(overview.me),
    }


def viewing(conversation_id: str, agent: User, entered: bool) -> Json:
    """A colleague has the conversation open; `entered`: in a tab that is to be told who else does."""
    return {"conversation": conversation_id, "user": user(agent), "entered": entered}


def typing(conversation_id: str, writer: User, at: datetime, private: bool = False) -> Json:
    """Somebody was writing at this time; `private`: a note."""
    known = {"id": writer.id, "name": user(writer)["name"]}
    shape: Json = {"conversation": conversation_id, "user": known, "at": iso_time(at)}
    return shape | {"private": True} if private else shape


def invitation(made: Invite, base: str) -> Json:
    """An invitation; its address is on the chat's own origin, where it can be opened from anywhere."""
    return {"token": made.token, "url": f"{base}/join/{made.token}", "expires_at": iso_time(made.expires_at)}
