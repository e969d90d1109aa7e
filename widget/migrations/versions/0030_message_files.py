"""What was sent with a file in a conversation is found without reading all of it."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

WHERE = sa.text("kind IN ('image', 'audio', 'video', 'file')")


def upgrade() -> None:
    columns = ["conversation_id", "created_at"]
    op.create_index("messages_files", "messages", columns, sqlite_where=WHERE, postgresql_where=WHERE)


def downgrade() -> None:
    op.drop_index("messages_files", "messages")
