"""Messages that can be answered with a click, and what was answered."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

COLUMNS = ("content", "answered", "answer")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("messages", sa.Column(name, sa.JSON()))


def downgrade() -> None:
    for name in COLUMNS:
        op.execute(f"ALTER TABLE messages DROP COLUMN {name}")
