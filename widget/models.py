"""The tables. What may be done with a row stands in `chat/`."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, MetaData, String, Text, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import DateTime, TypeDecorator

BODY_LIMIT = 8000
"""The longest message, in characters."""

LINES = ("system", "call")
"""The kinds of messages that say what happened. Nobody wrote them, so nobody can change them."""


def new_id() -> str:
    """64 random bits as 16 hexadecimal digits: unguessable, and at home in a URL, an HTML id and a Redis key."""
    return secrets.token_hex(8)


def now() -> datetime:
    """The time in UTC, to the millisecond: what a browser's clock can hold too."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite keeps no time zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        """Say that the stored time is in UTC."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """All tables. Their constraints have names, because a migration can only change what it can name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class User(Base):
    """Somebody who can take part: a visitor, an agent, or the team that agents speak for."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(8))
    """visitor, agent or team."""
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    picture: Mapped[str | None] = mapped_column(String(2000))
    external_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    """The id that the embedding site knows this visitor by, once it has been proved by an HMAC."""
    login: Mapped[str | None] = mapped_column(String(320), unique=True)
    """An agent's e-mail address in lower case: what they sign in with."""
    password_hash: Mapped[str | None] = mapped_column(String(200))
    team_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    """For an agent: the team they answer for."""
    last_seen_at: Mapped[datetime | None] = mapped_column(Moment)
    """When their last tab was closed."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    @property
    def seat_id(self) -> str:
        """Whose membership this user acts under: an agent sits in the team's chair, anyone else in their own."""
        return self.team_id or self.id


class Token(Base):
    """A secret that lets its bearer in as a user. Only its SHA-256 is kept."""

    __tablename__ = "tokens"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(8))
    """visitor (bearer), inbox (cookie) or link (one sign-in)."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)

    user: Mapped[User] = relationship()


class Conversation(Base):
    """An exchange of messages; it numbers them itself."""

    __tablename__ = "conversations"
    __table_args__ = (Index("conversations_newest", "updated_at"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(8), default="direct")
    """direct, or group: then members come and go."""
    title: Mapped[str | None] = mapped_column(String(100))
    """A group's name; without one it is called after its members."""
    picture: Mapped[str | None] = mapped_column(String(2000))
    last_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    """The number of its newest message; raised inside the transaction that inserts the message."""
    revision: Mapped[int] = mapped_column(BigInteger, default=0)
    """Raised, under the row's lock, by every change that a list of conversations shows: of two pictures of the same
    conversation that reach a tab in the wrong order, it tells the newer one."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    updated_at: Mapped[datetime] = mapped_column(Moment, default=now)

    members: Mapped[list[Member]] = relationship(
        back_populates="conversation", order_by="(Member.joined_at, Member.id)"
    )

    @property
    def present(self) -> list[Member]:
        """The members who have not left."""
        return [member for member in self.members if member.left_at is None]

    def present_with(self, me: Member) -> list[Member]:
        """The members who are here, or for somebody who has left, who were when they did."""
        if me.left_at is None:
            return self.present
        until = me.left_at
        return [it for it in self.members if it.joined_at <= until and (it.left_at is None or it.left_at >= until)]


class Member(Base):
    """A chair in a conversation, with the two watermarks that are its receipts."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("conversation_id", "user_id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    delivered_upto: Mapped[int] = mapped_column(BigInteger, default=0)
    read_upto: Mapped[int] = mapped_column(BigInteger, default=0)
    role: Mapped[str] = mapped_column(String(8), default="owner")
    """owner or member."""
    joined_at: Mapped[datetime] = mapped_column(Moment, default=now)
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    left_seq: Mapped[int | None] = mapped_column(BigInteger)
    """The last message that somebody who has left may see."""
    left_title: Mapped[str | None] = mapped_column(String(100))
    """What the group was called then."""
    removed: Mapped[bool] = mapped_column(default=False)
    """Left because an owner said so; an invitation does not let them in again."""

    user: Mapped[User] = relationship()
    conversation: Mapped[Conversation] = relationship(back_populates="members")


class Message(Base):
    """One thing said. `(sender, client_id)` is unique, which is what makes sending again harmless."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("sender_id", "client_id"),
        Index(
            "messages_answers",
            "created_at",
            sqlite_where=text("answered_after IS NOT NULL"),
            postgresql_where=text("answered_after IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int] = mapped_column(BigInteger)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    """The chair it was said from: the team's, for every agent."""
    sender_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    """The person who said it."""
    client_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(8), default="text")
    """text; image, audio, video or file after what it carries; or one of LINES."""
    body: Mapped[str] = mapped_column(Text)
    """Empty once it is deleted."""
    reply_to: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    forwarded: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(Integer, default=0)
    """How often it was changed: of two pictures of it, the one with the higher version holds."""
    answered_after: Mapped[int | None] = mapped_column(Integer)
    """For the team's answer to somebody who waited: how long they did, in seconds."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    edited_at: Mapped[datetime | None] = mapped_column(Moment)
    deleted_at: Mapped[datetime | None] = mapped_column(Moment)

    sender: Mapped[User] = relationship()
    original: Mapped[Message | None] = relationship(remote_side=[id])
    """The message that this one answers."""
    reactions: Mapped[list[Reaction]] = relationship(order_by="Reaction.created_at")
    call: Mapped[Call | None] = relationship(back_populates="message")
    """The call that this line tells of."""
    attachment: Mapped[Attachment | None] = relationship(back_populates="message")
    link: Mapped[MessageLink | None] = relationship()
    refusal: Mapped[Outbox | None] = relationship(
        primaryjoin="and_(Outbox.message_id == Message.id, Outbox.version == 0, Outbox.state == 'failed')",
        uselist=False,
        viewonly=True,
    )
    """Its entry in the outbox, if mesibo does not take it."""


class Reaction(Base):
    """An emoji that a chair has put on a message; one each."""

    __tablename__ = "reactions"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    """The person who did."""
    emoji: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    user: Mapped[User] = relationship()


class Attachment(Base):
    """A file that a message carries, or will: it is uploaded first, piece by piece, and then sent.

    A forwarded file has a row for each message, and one `key`.
    """

    __tablename__ = "attachments"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    """Who uploaded it, and may send it."""
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"), unique=True)
    """None before it is sent, and after the message was deleted."""
    key: Mapped[str] = mapped_column(String(40), default=lambda: secrets.token_hex(20), index=True)
    """What the storage knows it by."""
    name: Mapped[str] = mapped_column(String(255))
    """What people see: the name it had where it came from, cleaned."""
    size: Mapped[int] = mapped_column(BigInteger)
    """In bytes."""
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    """How many bytes of it are here."""
    parts: Mapped[str] = mapped_column(Text, default="")
    """The pieces that have come so far, in order, by the last part of their keys, between spaces."""
    ready: Mapped[bool] = mapped_column(default=False)
    """Whether it is complete and was looked at; what follows is set from then on."""
    kind: Mapped[str] = mapped_column(String(8), default="file")
    """image, audio, video or file."""
    type: Mapped[str] = mapped_column(String(100), default="application/octet-stream")
    """What its bytes say it is: a media type."""
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    """In pixels, as it is to be shown."""
    duration: Mapped[int | None] = mapped_column(Integer)
    """In milliseconds."""
    waveform: Mapped[str | None] = mapped_column(String(64))
    """How loud it is from its beginning to its end: digits from 0 to v (of base 32)."""
    thumbnail: Mapped[bool] = mapped_column(default=False)
    """Whether there is a small picture of it, under `key` and ".webp"."""
    placeholder: Mapped[str | None] = mapped_column(Text)
    """A data: address with a handful of its pixels, to be shown until it has loaded."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """When it is thrown away, if it is in no message by then."""

    message: Mapped[Message | None] = relationship(back_populates="attachment")


class Preview(Base):
    """What a page that somebody linked to says of itself, as it was when it was fetched."""

    __tablename__ = "previews"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    url_hash: Mapped[str] = mapped_column(String(64), index=True)
    """The SHA-256 of `url`, which may be longer than an index takes."""
    url: Mapped[str] = mapped_column(Text)
    found: Mapped[bool] = mapped_column(default=False)
    """Whether there was anything to show; that there was not is remembered, too."""
    title: Mapped[str] = mapped_column(String(300), default="")
    description: Mapped[str] = mapped_column(String(500), default="")
    site: Mapped[str] = mapped_column(String(100), default="")
    key: Mapped[str | None] = mapped_column(String(40))
    """Of its picture, in the storage."""
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    placeholder: Mapped[str | None] = mapped_column(Text)
    fetched_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)


class MessageLink(Base):
    """The first link of a message, with its preview once that is known; it is gone when there is none to show."""

    __tablename__ = "message_links"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    preview_id: Mapped[str | None] = mapped_column(ForeignKey("previews.id"), index=True)
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a process has begun to fetch the page."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    preview: Mapped[Preview | None] = relationship()


class Secret(Base):
    """What the processes of this deployment share and nobody else knows."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


class Invite(Base):
    """A link that lets its bearer join a conversation until it expires."""

    __tablename__ = "invites"

    token: Mapped[str] = mapped_column(String(43), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    """Who made it."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    """Revoking brings it forward."""

    user: Mapped[User] = relationship()


class Unpublished(Base):
    """A message, or a change of one, that is committed and not yet known to be in every member's log; see `sweeper`."""

    __tablename__ = "unpublished"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    """The message's version that is to be published."""
    first: Mapped[bool] = mapped_column(default=True)
    """Whether the tabs do not know the message at all yet."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)


class Outbox(Base):
    """What is on its way to the agents' mesibo apps: a message, or a change of one. Written in its transaction."""

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("message_id", "version"), Index("outbox_waiting", "state", "id"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"))
    version: Mapped[int] = mapped_column(Integer, default=0)
    """0 for the message itself; for an edit or a deletion, the version that it made."""
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    """waiting; handing (it is being handed over now); perhaps (whoever handed it over did not live to tell); sent;
    failed."""
    mid: Mapped[int | None] = mapped_column(BigInteger)
    """The number that it is handed over under, where the link chooses that itself."""
    reason: Mapped[str | None] = mapped_column(String(200))
    """Why it failed, in one sentence."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    handed_at: Mapped[datetime | None] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)


class Call(Base):
    """A call between two chairs of a direct conversation; what may happen to it stands in `chat.calls`."""

    __tablename__ = "calls"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    media: Mapped[str] = mapped_column(String(8))
    """voice or video: as it was begun."""
    state: Mapped[str] = mapped_column(String(12))
    """ringing, answered, connected, reconnecting; or what became of it."""
    caller_member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    callee_member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    """The chair that is called: for the team's, it rings at every agent."""
    caller_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    callee_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    """Who answered."""
    caller_tab: Mapped[str] = mapped_column(String(36))
    callee_tab: Mapped[str | None] = mapped_column(String(36))
    """The tabs that talk to each other."""
    round: Mapped[int] = mapped_column(Integer, default=0)
    """How often two tabs have begun to connect; what they signal belongs to one round."""
    version: Mapped[int] = mapped_column(Integer, default=0)
    """How often it changed: of two pictures of it, the one with the higher version holds."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    changed_at: Mapped[datetime] = mapped_column(Moment, default=now)
    """When it came into its state."""
    due_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """When it is over unless something happens; nothing once it is over."""
    connected_at: Mapped[datetime | None] = mapped_column(Moment)
    """When they first heard each other."""
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    unpublished_since: Mapped[datetime | None] = mapped_column(Moment, index=True)
    """Since when its state is committed and not known to be in everybody's log; see `sweeper`."""
    message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"), unique=True)
    """The line in the conversation that tells of it."""

    caller: Mapped[User] = relationship(foreign_keys=[caller_id])
    callee: Mapped[User | None] = relationship(foreign_keys=[callee_id])
    callee_member: Mapped[Member] = relationship(foreign_keys=[callee_member_id])
    message: Mapped[Message | None] = relationship(back_populates="call")
    rings: Mapped[list[Ring]] = relationship()

    @property
    def duration(self) -> int:
        """How long they could hear each other, in whole seconds."""
        if self.connected_at is None:
            return 0
        return max(0, round(((self.ended_at or now()) - self.connected_at).total_seconds()))


class Ring(Base):
    """Somebody at whom a call rings, or rang."""

    __tablename__ = "rings"

    call_id: Mapped[str] = mapped_column(ForeignKey("calls.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    declined_at: Mapped[datetime | None] = mapped_column(Moment)


class MesiboMessage(Base):
    """What a message is called in mesibo, whichever way it went: numbers there are unique only to who sent it."""

    __tablename__ = "mesibo_messages"

    origin: Mapped[str] = mapped_column(String(128), primary_key=True)
    """The address that it was sent from; empty for what the link's own user sent."""
    mid: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), index=True)


class MesiboUser(Base):
    """A user's address in mesibo: an agent's app, or the user that was made there for a visitor."""

    __tablename__ = "mesibo_users"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(128), unique=True)
    name: Mapped[str | None] = mapped_column(String(200))
    """What a visitor is called there."""


class MesiboGroup(Base):
    """The mesibo group that a conversation has become."""

    __tablename__ = "mesibo_groups"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    gid: Mapped[int] = mapped_column(BigInteger, unique=True)
    members: Mapped[str] = mapped_column(Text)
    """The addresses that it was given, sorted, comma separated."""


class MesiboEvent(Base):
    """An event that a webhook brought, kept as it came until the keeper has read it, and after that if it could not."""

    __tablename__ = "mesibo_events"
    __table_args__ = (Index("mesibo_events_waiting", "state", "id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the event and of the request that it came in: what comes twice counts once."""
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    """waiting, read, or unread: nobody knew what it meant."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
