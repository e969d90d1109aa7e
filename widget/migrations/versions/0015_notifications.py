"""What agents are told who do not look at the inbox, how each wants to be told, and where their browsers take it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.String(length=16)
TIME = sa.DateTime(timezone=True)


def _key(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["users.id"], name=op.f(f"fk_{table}_{column}"))


def _create(table: str, *parts: sa.Column[Any] | sa.Constraint, key: str = "id") -> None:
    op.create_table(table, *parts, sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")))


def upgrade() -> None:
    _create(
        "notification_preferences",
        sa.Column("user_id", ID, nullable=False),
        *(sa.Column(name, sa.String(length=8), nullable=False) for name in ("mail", "push", "desktop", "sound")),
        sa.Column("words", sa.Boolean(), nullable=False),
        _key("notification_preferences", "user_id"),
        key="user_id",
    )
    _create(
        "push_subscriptions",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("endpoint_hash", sa.String(length=64), nullable=False),
        sa.Column("p256dh", sa.String(length=120), nullable=False),
        sa.Column("auth", sa.String(length=40), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _key("push_subscriptions", "user_id"),
        sa.UniqueConstraint("endpoint_hash", name=op.f("uq_push_subscriptions_endpoint_hash")),
    )
    op.create_index(op.f("ix_push_subscriptions_user_id"), "push_subscriptions", ["user_id"])
    _create(
        "push_outbox",
        sa.Column("message_id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        key="message_id",
    )
    _create(
        "notifications",
        sa.Column("id", ID, nullable=False),
        sa.Column("event", sa.String(length=100), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("subscription_id", ID, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        _key("notifications", "user_id"),
        sa.UniqueConstraint("event", name=op.f("uq_notifications_event")),
    )
    op.create_index(op.f("ix_notifications_user_id"), "notifications", ["user_id"])
    op.create_index(op.f("ix_notifications_created_at"), "notifications", ["created_at"])
    due = sa.text("due_at IS NOT NULL")
    op.create_index("notifications_due", "notifications", ["due_at"], sqlite_where=due, postgresql_where=due)
    op.add_column("conversations", sa.Column("mailed_upto", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE conversations DROP COLUMN mailed_upto")
    for table in ("notifications", "push_outbox", "push_subscriptions", "notification_preferences"):
        op.drop_table(table)
