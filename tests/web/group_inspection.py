"""The rows of a group in the database, and what a page has to show of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, text

from tests.web import database_inspection
from tests.web.tab_model import STATUS

if TYPE_CHECKING:
    from tests.web.group_chat import Chat


def principal_id(chat: Chat, by: str) -> str:
    """The user as whom somebody is a member."""
    return "team" if by == "agent" else chat.people[by].id


class GroupRows:
    """The rows of a group, and what a page must show of them by rules written down here a second time."""

    def __init__(self, chat: Chat, by: str):
        self.chat = chat
        self.rows = self._select(
            "SELECT id, seq, kind, body, version, sender_id, member_id, reply_to, forwarded, edited_at, deleted_at"
            " FROM messages WHERE conversation_id = :group ORDER BY seq"
        )
        self.reactions = self._select(
            "SELECT message_id, reactions.member_id, emoji FROM reactions JOIN messages ON messages.id = message_id"
            " WHERE conversation_id = :group ORDER BY reactions.created_at"
        )
        members = self._select(
            "SELECT id, user_id, delivered_upto AS delivered, read_upto AS read FROM members"
            " WHERE conversation_id = :group"
        )
        self.members = {row.user_id: row for row in members}
        self.me = self.members[principal_id(chat, by)]

    def _select(self, statement: str) -> Sequence[Row[Any]]:
        with database_inspection.engine(self.chat.server.environ["DATABASE_URL"]).connect() as connection:
            return connection.execute(text(statement), {"group": self.chat.group}).all()

    def messages_shown(self) -> list[dict[str, Any]]:
        by_id = {row.id: row for row in self.rows}
        return [
            {
                "seq": row.seq,
                "kind": row.kind,
                "version": row.version,
                "mine": row.member_id == self.me.id,
                "deleted": row.deleted_at is not None,
                "forwarded": bool(row.forwarded),
                "reply_to": row.reply_to,
                "sender": row.sender_id,
                "body": row.body,
                "edited": row.edited_at is not None,
                "quote": self._quote(by_id[row.reply_to]) if row.reply_to and not row.deleted_at else None,
                "reactions": self._reactions(row.id),
            }
            for row in self.rows
        ]

    def _quote(self, original: Row[Any]) -> str:
        return "Deleted message" if original.deleted_at else original.body

    def _reactions(self, message: str) -> list[tuple[str, int, bool]]:
        given = [row for row in self.reactions if row.message_id == message]
        emojis = dict.fromkeys(row.emoji for row in given)
        return [
            (emoji, len(of), any(row.member_id == self.me.id for row in of))
            for emoji in emojis
            for of in [[row for row in given if row.emoji == emoji]]
        ]

    def entry_shown(self) -> dict[str, Any]:
        """The group in the list."""
        [group] = self._select("SELECT kind, title FROM conversations WHERE id = :group")
        return {
            "kind": group.kind,
            "title": group.title,
            "unread": sum(
                row.seq > self.me.read
                and row.member_id != self.me.id
                and row.kind != "system"
                and row.deleted_at is None
                for row in self.rows
            ),
            "last": self.messages_shown()[-1],
            "members": sorted(self.members),
        }

    def statuses(self) -> dict[int, str]:
        others = [row for row in self.members.values() if row is not self.me]
        delivered, read = min(row.delivered for row in others), min(row.read for row in others)
        return {
            row.seq: STATUS[2 if row.seq <= read else 1 if row.seq <= delivered else 0]
            for row in self.rows
            if row.member_id == self.me.id
        }
