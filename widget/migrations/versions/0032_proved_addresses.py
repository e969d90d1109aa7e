"""The e-mail address that a visitor has proved to be theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("proved_email", sa.String(length=320)))


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP COLUMN proved_email")
