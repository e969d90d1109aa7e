"""Where a conversation is in mesibo: a group of its own there, with the team's apps and whoever writes in it."""

from __future__ import annotations

from widget.i18n import _, listing
from widget.mesibo import directory
from widget.mesibo.api import Api
from widget.models import Conversation, User

USER_MINUTES = 60
"""For how long the token is good that mesibo makes along with a visitor's user, in minutes."""


def address_for(user_id: str) -> str:
    """The address of the mesibo user that is made for a visitor."""
    return f"visitor-{user_id}"


def ensure_group(api: Api, conversation: Conversation, members: set[str]) -> int:
    """The mesibo group of a conversation with exactly these members; made, or brought into step, by REST.

    Raises as the Api does. A crash in between leaves at worst a group there that nobody uses.
    """
    known = directory.group_of(conversation.id)
    if known is None:
        gid, present = api.make_group(title(conversation)), set[str]()
        directory.set_group(conversation.id, gid, present)
    else:
        gid, present = known.gid, set(filter(None, known.members.split(",")))
    if missing := members - present:
        api.change_members(gid, missing)
    if gone := present - members:
        api.change_members(gid, gone, gone=True)
    if missing or gone:
        directory.set_group(conversation.id, gid, members)
    return gid


def title(conversation: Conversation) -> str:
    """What a conversation is called in the apps: its own name, or its visitors'."""
    names = [member.user.name for member in conversation.present if member.user.kind == "visitor"]
    return conversation.title or listing(names) or _("Chat")


def ensure_visitor_user(api: Api, user: User) -> str:
    """The address of a visitor's mesibo user, which is made, or told their new name. Raises as the Api does."""
    address = address_for(user.id)
    known = directory.user_entry(user.id)
    if known is None or known.name != user.name:
        api.make_user(address, user.name, USER_MINUTES)
        directory.set_visitor(user, address)
    return address
