"""Bots that answer first: which, until when, and that a case was handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
COLUMNS = (("users", "first_responder"), ("conversations", "bot_due_at"), ("cases", "handed_over_at"))


def upgrade() -> None:
    op.add_column("users", sa.Column("first_responder", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("conversations", sa.Column("bot_due_at", TIME))
    op.add_column("cases", sa.Column("handed_over_at", TIME))
    due = sa.text("bot_due_at IS NOT NULL")
    op.create_index("conversations_bot_due", "conversations", ["bot_due_at"], sqlite_where=due, postgresql_where=due)


def downgrade() -> None:
    op.drop_index("conversations_bot_due", table_name="conversations")
    for table, column in COLUMNS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
