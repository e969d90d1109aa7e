"""The views are counted from their index alone."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BEFORE = ["status", "updated_at", "id"]


def upgrade() -> None:
    op.drop_index("conversations_status", "conversations")
    op.create_index("conversations_status", "conversations", [*BEFORE, "assignee_id", "case_id"])


def downgrade() -> None:
    op.drop_index("conversations_status", "conversations")
    op.create_index("conversations_status", "conversations", BEFORE)
