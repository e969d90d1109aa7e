"""Sessions that end: when a token was last used and by which browser, agents who were removed, the second factor, and
by which invitation somebody came. Visitors' tokens end 400 days from now, unless they are used."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("tokens", sa.Column("used_at", TIME, nullable=True))
    op.add_column("tokens", sa.Column("browser", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("tokens", sa.Column("by_link", sa.Boolean(), nullable=False, server_default=sa.false()))
    tokens = sa.table("tokens", sa.column("purpose", sa.String), sa.column("expires_at", TIME))
    op.execute(
        tokens.update()
        .where(tokens.c.purpose == "visitor", tokens.c.expires_at.is_(None))
        .values(expires_at=datetime.now(UTC) + timedelta(days=400))
    )
    op.add_column("users", sa.Column("removed_at", TIME, nullable=True))
    op.add_column("users", sa.Column("totp_secret", sa.String(length=64), nullable=True))
    op.add_column("users", sa.Column("totp_step", sa.BigInteger(), nullable=True))
    op.add_column("users", sa.Column("recovery_codes", sa.Text(), nullable=True))
    op.add_column("members", sa.Column("invite_token", sa.String(length=43), nullable=True))


def downgrade() -> None:
    op.drop_column("members", "invite_token")
    for name in ("recovery_codes", "totp_step", "totp_secret", "removed_at"):
        op.drop_column("users", name)
    op.execute("UPDATE tokens SET expires_at = NULL WHERE purpose = 'visitor'")
    op.drop_column("tokens", "by_link")
    op.drop_column("tokens", "browser")
    op.drop_column("tokens", "used_at")
