"""What of a visitor's name and e-mail address the team has corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("corrected", sa.String(length=20)))


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP COLUMN corrected")
