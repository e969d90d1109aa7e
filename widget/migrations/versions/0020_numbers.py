"""An index with all that the numbers of a period are counted from."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

COLUMNS = ["opened_at", "first_answer_at", "resolved_at", "assignee_id", "resolved_by", "rating_score"]


def upgrade() -> None:
    op.create_index("cases_numbers", "cases", COLUMNS)
    op.drop_index("cases_opened", "cases")


def downgrade() -> None:
    op.create_index("cases_opened", "cases", ["opened_at"])
    op.drop_index("cases_numbers", "cases")
