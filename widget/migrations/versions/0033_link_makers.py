"""Who has made the link that lets somebody into the team: it goes with them."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("made_by", sa.String(length=16)))


def downgrade() -> None:
    op.execute("ALTER TABLE tokens DROP COLUMN made_by")
