"""Calls, and at whom they ring."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("conversation_id", sa.String(length=16), nullable=False),
        sa.Column("media", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("caller_member_id", sa.String(length=16), nullable=False),
        sa.Column("callee_member_id", sa.String(length=16), nullable=False),
        sa.Column("caller_id", sa.String(length=16), nullable=False),
        sa.Column("callee_id", sa.String(length=16), nullable=True),
        sa.Column("caller_tab", sa.String(length=36), nullable=False),
        sa.Column("callee_tab", sa.String(length=36), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unpublished_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_calls_conversation_id")),
        sa.ForeignKeyConstraint(["caller_member_id"], ["members.id"], name=op.f("fk_calls_caller_member_id")),
        sa.ForeignKeyConstraint(["callee_member_id"], ["members.id"], name=op.f("fk_calls_callee_member_id")),
        sa.ForeignKeyConstraint(["caller_id"], ["users.id"], name=op.f("fk_calls_caller_id")),
        sa.ForeignKeyConstraint(["callee_id"], ["users.id"], name=op.f("fk_calls_callee_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_calls_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("message_id", name=op.f("uq_calls_message_id")),
    )
    for column in ("conversation_id", "due_at", "unpublished_since"):
        op.create_index(op.f(f"ix_calls_{column}"), "calls", [column])
    op.create_table(
        "rings",
        sa.Column("call_id", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.String(length=16), nullable=False),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_rings_call_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_rings_user_id")),
        sa.PrimaryKeyConstraint("call_id", "user_id", name=op.f("pk_rings")),
    )


def downgrade() -> None:
    op.drop_table("rings")
    op.drop_table("calls")
