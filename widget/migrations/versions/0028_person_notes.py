"""Notes of the team about a visitor."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_notes",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.String(length=16), nullable=False),
        sa.Column("author_id", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_person_notes_author_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_person_notes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_notes")),
    )
    op.create_index(op.f("ix_person_notes_author_id"), "person_notes", ["author_id"])
    op.create_index("person_notes_newest", "person_notes", ["user_id", "created_at"])


def downgrade() -> None:
    op.drop_table("person_notes")
