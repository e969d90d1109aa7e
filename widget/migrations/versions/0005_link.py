"""The mesibo link: changes of messages on their way, numbers, addresses and groups there, and what webhooks brought.

Everything is added with a default, so that the release before can still write while this one is being rolled out.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("outbox") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("mid", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("reason", sa.String(length=200), nullable=True))
        batch.add_column(sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True))
        batch.drop_constraint("uq_outbox_message_id", type_="unique")
        batch.create_unique_constraint("uq_outbox_message_id_version", ["message_id", "version"])
    op.create_table(
        "mesibo_messages",
        sa.Column("origin", sa.String(length=128), nullable=False),
        sa.Column("mid", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_mesibo_messages_message_id")),
        sa.PrimaryKeyConstraint("origin", "mid", name=op.f("pk_mesibo_messages")),
    )
    op.create_index(op.f("ix_mesibo_messages_message_id"), "mesibo_messages", ["message_id"])
    op.create_table(
        "mesibo_users",
        sa.Column("user_id", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mesibo_users_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_mesibo_users")),
        sa.UniqueConstraint("address", name=op.f("uq_mesibo_users_address")),
    )
    op.create_table(
        "mesibo_groups",
        sa.Column("conversation_id", sa.String(length=16), nullable=False),
        sa.Column("gid", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_mesibo_groups_conversation_id")
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_mesibo_groups")),
        sa.UniqueConstraint("gid", name=op.f("uq_mesibo_groups_gid")),
    )
    op.create_table(
        "mesibo_events",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mesibo_events")),
        sa.UniqueConstraint("digest", name=op.f("uq_mesibo_events_digest")),
    )
    op.create_index("mesibo_events_waiting", "mesibo_events", ["state", "id"])


def downgrade() -> None:
    for table in ("mesibo_events", "mesibo_groups", "mesibo_users", "mesibo_messages"):
        op.drop_table(table)
    op.execute("DELETE FROM outbox WHERE version > 0")
    op.execute("UPDATE outbox SET state = 'waiting' WHERE state IN ('handing', 'perhaps', 'failed')")
    with op.batch_alter_table("outbox") as batch:
        batch.drop_constraint("uq_outbox_message_id_version", type_="unique")
        batch.create_unique_constraint("uq_outbox_message_id", ["message_id"])
        for column in ("version", "mid", "reason", "handed_at"):
            batch.drop_column(column)
