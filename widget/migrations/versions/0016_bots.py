"""Bots: what each may do."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("scopes", sa.String(60)))


def downgrade() -> None:
    op.execute("DELETE FROM tokens WHERE purpose = 'bot'")
    op.execute("ALTER TABLE users DROP COLUMN scopes")
