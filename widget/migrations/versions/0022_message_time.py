"""The messages of a conversation from before somebody joined the team is found without reading all of it."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("messages_time", "messages", ["conversation_id", "created_at"])


def downgrade() -> None:
    op.drop_index("messages_time")
