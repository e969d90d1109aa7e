"""The team's side: cases, labels, canned answers, notes, each agent's own unread, who is available, what was done.

The messages so far become one case a conversation, open; whoever waits for an answer goes on waiting.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.String(length=16)
TIME = sa.DateTime(timezone=True)
NO, YES = sa.false(), sa.true()


def _columns() -> dict[str, tuple[sa.Column[Any], ...]]:
    return {
        "users": (
            sa.Column("role", sa.String(length=8), nullable=True),
            sa.Column("available", sa.Boolean(), nullable=False, server_default=YES),
            sa.Column("capacity", sa.Integer(), nullable=True),
            sa.Column("away_since", TIME, nullable=True),
            sa.Column("assigned_at", TIME, nullable=True),
        ),
        "messages": (sa.Column("private", sa.Boolean(), nullable=False, server_default=NO),),
        "conversations": (
            sa.Column("public_seq", sa.BigInteger(), nullable=False, server_default="0"),
            sa.Column("listed_seq", sa.BigInteger(), nullable=False, server_default="0"),
            sa.Column("answered_upto", sa.BigInteger(), nullable=False, server_default="0"),
            sa.Column("waiting_since", TIME, nullable=True),
            sa.Column("reminded_at", TIME, nullable=True),
            sa.Column("status", sa.String(length=8), nullable=False, server_default="open"),
            sa.Column("snoozed_until", TIME, nullable=True),
            sa.Column("case_id", ID, nullable=True),
        ),
    }


TABLES = ("audit", "settings", "blocks", "agent_reads", "canned_answers", "conversation_labels", "labels", "cases")
INDEXES = (
    ("conversations_status", ["status", "updated_at", "id"], None),
    ("conversations_assignee", ["assignee_id", "status", "updated_at"], None),
    ("conversations_waiting", ["waiting_since", "id"], "waiting_since IS NOT NULL"),
    ("conversations_snoozed", ["snoozed_until"], "snoozed_until IS NOT NULL"),
)
PARTS = {
    "{spoken}": "kind NOT IN ('system', 'call')",
    "{of_team}": "member_id IN (SELECT id FROM members WHERE user_id = 'team')",
}
FILL = (
    "UPDATE conversations SET public_seq = last_seq, listed_seq = last_seq",
    "UPDATE conversations SET answered_upto = COALESCE((SELECT MAX(seq) FROM messages WHERE "
    "conversation_id = conversations.id AND {spoken} AND {of_team}), 0)",
    "UPDATE conversations SET waiting_since = (SELECT MIN(created_at) FROM messages WHERE conversation_id = "
    "conversations.id AND {spoken} AND deleted_at IS NULL AND seq > conversations.answered_upto)",
    # A conversation's id serves as the id of its first case, so that both databases can make them in one statement.
    "INSERT INTO cases (id, conversation_id, opened_at, first_answer_at, reopened, rating_asked) SELECT c.id, c.id, "
    "MIN(m.created_at), MIN(CASE WHEN m.{of_team} THEN m.created_at END), 0, {no} FROM conversations c "
    "JOIN messages m ON m.conversation_id = c.id WHERE m.kind <> 'system' GROUP BY c.id",
    "UPDATE conversations SET case_id = id WHERE id IN (SELECT id FROM cases)",
    # What the team had read, each of its agents has.
    "INSERT INTO agent_reads (conversation_id, user_id, read_upto) SELECT m.conversation_id, u.id, m.read_upto "
    "FROM members m JOIN users u ON u.team_id = 'team' WHERE m.user_id = 'team' AND m.read_upto > 0",
    "UPDATE users SET role = 'agent' WHERE kind = 'agent'",
    "UPDATE users SET role = 'owner' WHERE id = (SELECT id FROM users WHERE kind = 'agent' AND removed_at IS NULL "
    "ORDER BY created_at, id LIMIT 1)",
)


def _key(table: str, column: str, target: str = "users.id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _create(table: str, *parts: sa.Column[Any] | sa.Constraint, keys: tuple[str, ...] = ("id",)) -> None:
    op.create_table(table, *parts, sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")))


def _create_cases() -> None:
    _create(
        "cases",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("first_answer_at", TIME, nullable=True),
        sa.Column("resolved_at", TIME, nullable=True),
        sa.Column("resolved_by", ID, nullable=True),
        sa.Column("assignee_id", ID, nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("rating_asked", sa.Boolean(), nullable=False),
        sa.Column("rating_score", sa.Integer(), nullable=True),
        sa.Column("rating_comment", sa.Text(), nullable=True),
        sa.Column("rated_at", TIME, nullable=True),
        _key("cases", "conversation_id", "conversations.id"),
        _key("cases", "resolved_by"),
        _key("cases", "assignee_id"),
    )
    op.create_index(op.f("ix_cases_conversation_id"), "cases", ["conversation_id"])
    op.create_index(op.f("ix_cases_assignee_id"), "cases", ["assignee_id"])
    op.create_index("cases_opened", "cases", ["opened_at"])
    resolved = sa.text("resolved_at IS NOT NULL")
    op.create_index("cases_resolved", "cases", ["resolved_at"], sqlite_where=resolved, postgresql_where=resolved)


def _create_labels() -> None:
    _create(
        "labels",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("color", sa.String(length=7), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.UniqueConstraint("key", name=op.f("uq_labels_key")),
    )
    _create(
        "conversation_labels",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("label_id", ID, nullable=False),
        _key("conversation_labels", "conversation_id", "conversations.id"),
        _key("conversation_labels", "label_id", "labels.id"),
        keys=("conversation_id", "label_id"),
    )
    op.create_index(op.f("ix_conversation_labels_label_id"), "conversation_labels", ["label_id"])


def _create_for_agents() -> None:
    _create(
        "canned_answers",
        sa.Column("id", ID, nullable=False),
        sa.Column("short", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("owner_id", ID, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        _key("canned_answers", "owner_id"),
    )
    op.create_index(op.f("ix_canned_answers_owner_id"), "canned_answers", ["owner_id"])
    _create(
        "agent_reads",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("read_upto", sa.BigInteger(), nullable=False),
        _key("agent_reads", "conversation_id", "conversations.id"),
        _key("agent_reads", "user_id"),
        keys=("conversation_id", "user_id"),
    )
    op.create_index(op.f("ix_agent_reads_user_id"), "agent_reads", ["user_id"])
    _create(
        "blocks",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _key("blocks", "by_id"),
        sa.UniqueConstraint("kind", "value", name=op.f("uq_blocks_kind_value")),
    )


def _create_for_owners() -> None:
    _create(
        "settings",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        keys=("key",),
    )
    _create(
        "audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor_id", ID, nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        _key("audit", "actor_id"),
    )
    op.create_index("audit_newest", "audit", ["at", "id"])
    op.create_index("audit_object", "audit", ["object", "at"])
    op.create_index(op.f("ix_audit_actor_id"), "audit", ["actor_id"])


def upgrade() -> None:
    _create_cases()
    _create_labels()
    _create_for_agents()
    _create_for_owners()
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    # In SQL, because SQLite takes a foreign key with a new column, and Alembic does not know that.
    reference = "CONSTRAINT fk_conversations_assignee_id REFERENCES users (id)"
    op.execute(f"ALTER TABLE conversations ADD COLUMN assignee_id VARCHAR(16) {reference}")
    for name, indexed, condition in INDEXES:
        where = sa.text(condition) if condition else None
        op.create_index(name, "conversations", indexed, sqlite_where=where, postgresql_where=where)
    parts = PARTS | {"{no}": "FALSE" if op.get_bind().dialect.name == "postgresql" else "0"}
    for statement in FILL:
        for name, part in parts.items():
            statement = statement.replace(name, part)
        op.execute(statement)


def downgrade() -> None:
    # The release before would show notes to visitors.
    op.execute("UPDATE attachments SET message_id = NULL WHERE message_id IN (SELECT id FROM messages WHERE private)")
    op.execute("UPDATE messages SET body = '', kind = 'text', deleted_at = created_at WHERE private")
    for name, _, _ in INDEXES:
        op.drop_index(name, "conversations")
    for table in TABLES:
        op.drop_table(table)
    # In SQL: Alembic would make the tables of SQLite anew, which their foreign keys forbid.
    op.execute("ALTER TABLE conversations DROP COLUMN assignee_id")
    for table, columns in _columns().items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column.name}")
