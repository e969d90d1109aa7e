"""The network address that a session was last used from, by which somebody can be blocked."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("address", sa.String(length=64), nullable=False, server_default=""))


def downgrade() -> None:
    op.execute("ALTER TABLE tokens DROP COLUMN address")
