"""Groups and invitations, reactions, changed and deleted messages, when somebody was last seen.

Everything is added with a default, so that the release before can still write while this one is being rolled out.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NO, YES = sa.false(), sa.true()


def upgrade() -> None:
    op.create_table(
        "invites",
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("conversation_id", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_invites_conversation_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_invites_user_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_invites")),
    )
    op.create_index(op.f("ix_invites_conversation_id"), "invites", ["conversation_id"])
    op.create_table(
        "reactions",
        sa.Column("message_id", sa.String(length=16), nullable=False),
        sa.Column("member_id", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.String(length=16), nullable=False),
        sa.Column("emoji", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_reactions_member_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_reactions_message_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_reactions_user_id")),
        sa.PrimaryKeyConstraint("message_id", "member_id", name=op.f("pk_reactions")),
    )
    op.add_column("conversations", sa.Column("title", sa.String(length=100), nullable=True))
    op.add_column("conversations", sa.Column("picture", sa.String(length=2000), nullable=True))
    op.add_column("conversations", sa.Column("revision", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("members", sa.Column("role", sa.String(length=8), nullable=False, server_default="owner"))
    op.add_column("members", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("members", sa.Column("left_seq", sa.BigInteger(), nullable=True))
    op.add_column("members", sa.Column("left_title", sa.String(length=100), nullable=True))
    op.add_column("members", sa.Column("removed", sa.Boolean(), nullable=False, server_default=NO))
    op.add_column("messages", sa.Column("forwarded", sa.Boolean(), nullable=False, server_default=NO))
    op.add_column("messages", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("messages", sa.Column("answered_after", sa.Integer(), nullable=True))
    op.add_column("messages", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    answered = sa.text("answered_after IS NOT NULL")
    op.create_index("messages_answers", "messages", ["created_at"], sqlite_where=answered, postgresql_where=answered)
    op.add_column("unpublished", sa.Column("version", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("unpublished", sa.Column("first", sa.Boolean(), nullable=False, server_default=YES))
    op.add_column("users", sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_index("messages_answers", "messages")
    for table, columns in (
        ("users", ["last_seen_at"]),
        ("unpublished", ["version", "first"]),
        ("messages", ["forwarded", "version", "answered_after", "edited_at", "deleted_at"]),
        ("members", ["role", "left_at", "left_seq", "left_title", "removed"]),
        ("conversations", ["title", "picture", "revision"]),
    ):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
    op.drop_table("reactions")
    op.drop_table("invites")
