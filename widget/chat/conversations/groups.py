"""Groups: conversations that have a name and a picture, and whose members come and go."""

from __future__ import annotations

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session, aliased

from widget import db
from widget.chat.conversations import membership
from widget.chat.conversations.membership import TEAM_ID
from widget.chat.errors import Forbidden, NotFound, Unprocessable
from widget.chat.events import message_changed
from widget.chat.messages import system
from widget.chat.search import query
from widget.chat.users import names
from widget.i18n import _, ngettext
from widget.models import Conversation, Invite, Member, Message, User, now
from widget.text import clean

TITLE_LIMIT = 100
"""The longest name of a group, in characters."""

MEMBERS_LIMIT = 50
"""How many members a group may have; what happens in it is rendered for each of them."""

CHOICE = 200
"""How many acquaintances are offered to be added."""

ROLES = ("owner", "member")


def create(user: User, title: str) -> str:
    """Start a group of `user` and the site's team, both its owners; returns its id.

    Raises Unprocessable without a name.
    """
    with db.transaction() as session:
        title = _named(session, user, title)
        group = Conversation(kind="group", title=title, last_seq=0, revision=0)
        session.add(group)
        session.flush()
        members = {user.principal_id: Member(conversation_id=group.id, user_id=user.principal_id)}
        members.setdefault(TEAM_ID, Member(conversation_id=group.id, user_id=TEAM_ID))
        session.add_all(members.values())
        session.flush()
        line = system.append(session, group, members[user.principal_id], user, "group-created", title=title)
    message_changed.send(line.id, first=True)
    return group.id


def _named(session: Session, user: User, title: str) -> str:
    title = clean.line(title)
    if not title:
        raise Unprocessable(_("A group needs a name."))
    return title if user.team_id else names.of_visitor(session, title)


def change(user: User, conversation_id: str, title: str | None = None, picture: str | None = None) -> None:
    """Give a group another name or picture (an address, or nothing); raises NotFound, Forbidden, Unprocessable."""
    lines: list[Message] = []
    with db.transaction() as session:
        group, me = lock_as_owner(session, user, conversation_id)
        if group.kind != "group":
            raise Unprocessable(_("Only a group has a name and a picture of its own."))
        if title is not None and (title := _named(session, user, title)) != group.title:
            group.title = title
            lines.append(system.append(session, group, me, user, "group-renamed", title=title))
        if picture is not None and picture != (group.picture or ""):
            group.picture = picture or None
            lines.append(system.append(session, group, me, user, "picture-changed"))
    for line in lines:
        message_changed.send(line.id, first=True)


def add(user: User, conversation_id: str, other_id: str, confirmed: bool = False) -> None:
    """Add somebody whom `user` shares a conversation with; they see all messages so far.

    A direct conversation becomes a group. Nothing happens when they are there. An agent may add any visitor, but has
    to have read what that means (`confirmed`). Raises NotFound for somebody unknown to `user`, Forbidden to those who
    are no owners, Unprocessable without that, and when the group is full.
    """
    with db.transaction() as session:
        group, me = lock_as_owner(session, user, conversation_id)
        other = session.get(User, other_id)
        known = other is not None and (
            other.kind == "visitor" if user.team_id else bool(_acquaintances(session, user, other_id))
        )
        if other is None or not known:
            raise NotFound(_("There is nobody of this id whom you could add."))
        if user.team_id and not confirmed:
            raise Unprocessable(
                _("%(name)s will read everything that was written here; confirm it with confirm=1.", name=other.name)
            )
        if add_member(session, group, other):
            line = system.append(session, group, me, user, "member-added", other=other.name)
        else:
            return
    message_changed.send(line.id, first=True)


def add_member(session: Session, group: Conversation, user: User, invite_token: str | None = None) -> bool:
    """Make `user` a member of a conversation that is locked; False when they are one already.

    The messages so far count as read. Who was removed comes back only by being added, not with an invitation.
    """
    members = list(session.scalars(select(Member).where(Member.conversation_id == group.id)))
    own = next((member for member in members if member.user_id == user.principal_id), None)
    if own is not None and own.left_at is None:
        return False
    if own is not None and own.removed and invite_token:
        raise Forbidden(_("You were removed from this conversation."))
    if sum(member.left_at is None for member in members) >= MEMBERS_LIMIT:
        raise Unprocessable(
            ngettext("A group has at most %(num)s member.", "A group has at most %(num)s members.", MEMBERS_LIMIT)
        )
    if own is None:
        own = Member(conversation_id=group.id, user_id=user.principal_id)
        session.add(own)
    own.role, own.invite_token = "member", invite_token
    own.left_at = own.left_seq = None
    own.removed = False
    own.joined_at = now()
    own.joined_seq = group.last_seq + 1
    own.delivered_upto = own.read_upto = group.public_seq
    group.kind = "group"
    session.flush()
    return True


def remove(user: User, conversation_id: str, other_id: str) -> None:
    """Take somebody out, or leave oneself; they keep the messages until then.

    Raises NotFound for who is not there, Forbidden to those who are no owners, Unprocessable for the team.
    """
    with db.transaction() as session:
        leaving = other_id in (user.id, user.principal_id)
        group, me = _here(session, user, conversation_id) if leaving else lock_as_owner(session, user, conversation_id)
        if group.kind != "group":
            raise Unprocessable(_("Only a group can be left."))
        member = me if leaving else _present_member(session, group, other_id)
        if member.user_id == TEAM_ID:
            raise Unprocessable(_("The team belongs to every conversation here."))
        if leaving:
            line = leave(session, group, me, user)
        else:
            other = session.get_one(User, member.user_id)
            line = system.append(session, group, me, user, "member-removed", other=other.name)
            _end(group, member, line)
            member.removed = True
            _revoke_links(session, group, member)
    message_changed.send(line.id, first=True)


def leave(session: Session, group: Conversation, me: Member, user: User, revoke: bool = False) -> Message:
    """Let `user` leave a group that is locked, perhaps with the invitations they made; returns the line that says so,
    to be told with `message_changed` after the commit."""
    line = system.append(session, group, me, user, "member-left")
    _end(group, me, line)
    if revoke:
        _revoke_links(session, group, me)
    return line


def _end(group: Conversation, member: Member, line: Message) -> None:
    member.left_at = line.created_at
    member.left_seq = line.seq
    member.left_title = group.title
    member.removed = False


def _revoke_links(session: Session, group: Conversation, member: Member) -> None:
    """End the invitations that somebody made, and the one they came by: they could come back as somebody else."""
    theirs = or_(Invite.user_id == member.user_id, Invite.token == member.invite_token)
    still_open = update(Invite).where(Invite.conversation_id == group.id, Invite.expires_at > now(), theirs)
    session.execute(still_open.values(expires_at=now()))


def set_role(user: User, conversation_id: str, other_id: str, role: str) -> None:
    """Make somebody an owner or a plain member; raises NotFound, Forbidden, and Unprocessable for any other role."""
    if role not in ROLES:
        raise Unprocessable(_("role must be owner or member."))
    with db.transaction() as session:
        group, me = lock_as_owner(session, user, conversation_id)
        if group.kind != "group":
            raise Unprocessable(_("Only a group has owners and members."))
        member = _present_member(session, group, other_id)
        if member.user_id == TEAM_ID:
            raise Unprocessable(_("The team owns every conversation here."))
        if member.role == role:
            return
        member.role = role
        other = session.get_one(User, member.user_id)
        line = system.append(session, group, me, user, f"{role}-made", other=other.name)
    message_changed.send(line.id, first=True)


def found_for(user: User, conversation_id: str, question: str) -> list[User]:
    """Whom an agent finds by name, e-mail address or id to add to a conversation; raises like `query.people`."""
    people = query.people(user, question)
    with db.reading() as session:
        _me, members = membership.member_and_all(session, user, conversation_id)
    there = {member.user_id for member in members if member.left_at is None}
    return [person for person in people if person.id not in there]


def candidates(user: User, conversation_id: str) -> list[User]:
    """Whom a visitor could add to a conversation: those they share another one with, newest first.

    Nobody for an agent, who shares one with every visitor: they look for a person with `found_for`.
    """
    if user.team_id:
        return []
    with db.reading() as session:
        _, members = membership.member_and_all(session, user, conversation_id)
        there = {member.user_id for member in members if member.left_at is None}
        return [known for known in _acquaintances(session, user) if known.id not in there]


def _acquaintances(session: Session, user: User, other_id: str | None = None) -> list[User]:
    own, other = aliased(Member), aliased(Member)
    newest = (
        select(other.user_id, func.max(Conversation.updated_at).label("at"))
        .join(own, own.conversation_id == other.conversation_id)
        .join(Conversation, Conversation.id == own.conversation_id)
        .where(own.user_id == user.principal_id, own.left_at.is_(None), other.left_at.is_(None))
        .where(Conversation.last_seq > 0, other.user_id.not_in((user.principal_id, TEAM_ID)))
        .group_by(other.user_id)
        .subquery()
    )
    query = select(User).join(newest, newest.c.user_id == User.id).order_by(newest.c.at.desc()).limit(CHOICE)
    return list(session.scalars(query if other_id is None else query.where(User.id == other_id)))


def _here(session: Session, user: User, conversation_id: str) -> tuple[Conversation, Member]:
    """The conversation, locked, and the user's member in it; raises NotFound, and Forbidden after leaving."""
    group = membership.lock(session, conversation_id)
    me = membership.member_of(session, user, conversation_id)
    membership.require_present(me)
    return group, me


def lock_as_owner(session: Session, user: User, conversation_id: str) -> tuple[Conversation, Member]:
    """Like `_here`, for what only owners may do; raises Forbidden to other members."""
    group, me = _here(session, user, conversation_id)
    if me.role != "owner":
        raise Forbidden(_("Only an owner of the group can do this."))
    return group, me


def _present_member(session: Session, group: Conversation, user_id: str) -> Member:
    member = session.scalar(
        select(Member).where(Member.conversation_id == group.id, Member.user_id == user_id, Member.left_at.is_(None))
    )
    if member is None:
        raise NotFound(_("There is nobody of this id in the group."))
    return member
