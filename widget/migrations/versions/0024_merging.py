"""Visitors whom the team takes for one person."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("person_id", sa.String(length=16)))
    op.create_index("ix_users_person_id", "users", ["person_id"])


def downgrade() -> None:
    op.drop_index("ix_users_person_id", "users")
    op.execute("ALTER TABLE users DROP COLUMN person_id")
