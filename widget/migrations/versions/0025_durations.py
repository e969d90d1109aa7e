"""Cases know how long they took, in seconds; those of earlier releases are told so in steps, while the chat goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

DURATIONS = ("answer_seconds", "resolve_seconds")
BEFORE = ["opened_at", "first_answer_at", "resolved_at", "assignee_id", "resolved_by", "rating_score"]
AFTER = ["opened_at", "assignee_id", "resolved_by", "rating_score", *DURATIONS]


def upgrade() -> None:
    for name in DURATIONS:
        op.add_column("cases", sa.Column(name, sa.Integer(), nullable=True))
    op.drop_index("cases_numbers", "cases")
    op.create_index("cases_numbers", "cases", AFTER)
    op.execute(
        "INSERT INTO backfills (name, cursor) SELECT 'case_durations', '' WHERE EXISTS (SELECT 1 FROM cases) "
        "AND NOT EXISTS (SELECT 1 FROM backfills WHERE name = 'case_durations')"
    )


def downgrade() -> None:
    op.execute("DELETE FROM backfills WHERE name = 'case_durations'")
    op.drop_index("cases_numbers", "cases")
    op.create_index("cases_numbers", "cases", BEFORE)
    for name in DURATIONS:
        op.execute(f"ALTER TABLE cases DROP COLUMN {name}")
