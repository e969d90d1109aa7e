"""The answers to the forms of the settings, as a list."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "form_answers",
        sa.Column("message_id", sa.String(length=16), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_form_answers_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_form_answers")),
    )
    op.create_index("form_answers_list", "form_answers", ["form", "created_at", "message_id"])


def downgrade() -> None:
    op.drop_table("form_answers")
