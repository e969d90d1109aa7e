"""What the page has told of a visitor besides who they are."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("attributes", sa.JSON()))


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP COLUMN attributes")
