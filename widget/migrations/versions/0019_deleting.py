"""What has to be found before a row is deleted: without an index, every deletion would read whole tables. And what a
task of time looks for: sessions that have ended, and conversations in which nobody has written anything."""

from alembic import op
from sqlalchemy import text

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

COLUMNS = {
    "messages": ["member_id", "reply_to"],
    "reactions": ["member_id", "user_id"],
    "calls": ["caller_member_id", "callee_member_id", "caller_id", "callee_id"],
    "rings": ["user_id"],
    "invites": ["user_id", "expires_at"],
    "cases": ["resolved_by"],
    "tokens": ["expires_at"],
    "blocks": ["by_id"],
    "webhook_deliveries": ["conversation_id", "message_id"],
}
SILENT = text("last_seq = 0")


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_index(
        "conversations_silent", "conversations", ["created_at"], sqlite_where=SILENT, postgresql_where=SILENT
    )


def downgrade() -> None:
    op.drop_index("conversations_silent", "conversations")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_index(op.f(f"ix_{table}_{column}"), table)
