"""Who takes part: visitors, agents, the team; and what lets them in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from widget.models.base import Base, Moment, new_id, now


def may_see_no_note(kind: str, scopes: str | None) -> bool:
    """Whether a user of this kind, with these scopes, is a bot that may see no note."""
    return kind == "bot" and "notes" not in (scopes or "").split()


class User(Base):
    """Somebody who can take part: a visitor, an agent, or the team that agents speak for."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(8))
    """visitor, agent, bot or team."""
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
    locale: Mapped[str | None] = mapped_column(String(35))
    """The language that they read, as their page or browser names it (BCP 47)."""
    removed_at: Mapped[datetime | None] = mapped_column(Moment)
    """For an agent: since when they are not in the team any more; their messages stay."""
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    """For an agent: what their second factor is made from (RFC 6238), in Base32."""
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    """The number of the newest code that was used: each is good once."""
    recovery_codes: Mapped[str | None] = mapped_column(Text)
    """The SHA-256 of each recovery code that is left, between spaces."""
    role: Mapped[str | None] = mapped_column(String(8))
    """For an agent: owner, who may change the settings, or agent."""
    available: Mapped[bool] = mapped_column(default=True)
    """For an agent: whether they take conversations; a switch that they set, whatever tabs they have open."""
    capacity: Mapped[int | None] = mapped_column(Integer)
    """For an agent: how many open conversations are assigned to them by turns at most; None: as many as come."""
    away_since: Mapped[datetime | None] = mapped_column(Moment)
    """For an agent: when the rule switched them to away, until they are available again."""
    assigned_at: Mapped[datetime | None] = mapped_column(Moment)
    """For an agent: when a conversation was last assigned to them by turns."""
    last_seen_at: Mapped[datetime | None] = mapped_column(Moment)
    """When their last tab was closed."""
    scopes: Mapped[str | None] = mapped_column(String(60))
    """For a bot: what it may do, between spaces; see `chat.users.bots`."""
    first_responder: Mapped[bool] = mapped_column(default=False, server_default=false())
    """For a bot: whether new conversations are given to it before people."""
    person_id: Mapped[str | None] = mapped_column(String(16), index=True)
    """For a visitor: what they have in common with those whom the team takes for the same person; see `merging`."""
    attributes: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    """For a visitor: what the page has told besides; see `attributes`."""
    corrected: Mapped[str | None] = mapped_column(String(20))
    """For a visitor: what of name and email is the team's word, between spaces; see `corrections`."""
    proved_email: Mapped[str | None] = mapped_column(String(320))
    """For a visitor: the address, in lower case, that they have proved by a code; see `proved_addresses`."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    @property
    def email_proved(self) -> bool:
        """Whether the address that they are known by is the one that they have proved."""
        return self.email is not None and self.email.strip().lower() == self.proved_email

    @property
    def corrected_fields(self) -> list[str]:
        """What of name and email is the team's word, and not the visitor's own."""
        return (self.corrected or "").split()

    @property
    def proved(self) -> bool:
        """Whether the site has vouched for who this visitor is; the name and the address are their own word anyhow."""
        return self.kind == "visitor" and self.external_id is not None

    @property
    def without_notes(self) -> bool:
        """Whether this is a bot that may see no note."""
        return may_see_no_note(self.kind, self.scopes)

    @property
    def principal_id(self) -> str:
        """Whose membership this user acts under: for an agent the team's, for anyone else their own."""
        return self.team_id or self.id


class Token(Base):
    """A secret that lets its bearer in as a user. Only its SHA-256 is kept."""

    __tablename__ = "tokens"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(8))
    """visitor or bot (bearer), inbox (cookie), link (one sign-in) or factor (one sign-in, with a code)."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it was last used, as far as that is written down: not each time."""
    browser: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """What the browser that got it calls itself."""
    address: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Of a visitor: the network that they opened the chat from last."""
    by_link: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a one-time link was all that was shown for it."""
    made_by: Mapped[str | None] = mapped_column(String(16))
    """Of a link into the team: the id of the agent who has asked for it; None for whoever runs the server."""

    user: Mapped[User] = relationship()


class Secret(Base):
    """What the processes of this deployment share and nobody else knows."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))


class PersonNote(Base):
    """What the team has written about a visitor, for the team only."""

    __tablename__ = "person_notes"
    __table_args__ = (Index("person_notes_newest", "user_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    """Whom it is about."""
    author_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    edited_at: Mapped[datetime | None] = mapped_column(Moment)

    user: Mapped[User] = relationship(foreign_keys=user_id)
    author: Mapped[User] = relationship(foreign_keys=author_id)
