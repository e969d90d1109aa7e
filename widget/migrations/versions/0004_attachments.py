"""Files and previews of links that messages carry, and a key that signs the addresses of files."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.String(length=16)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("duration", sa.Integer(), nullable=True),
        sa.Column("waveform", sa.String(length=64), nullable=True),
        sa.Column("thumbnail", sa.Boolean(), nullable=False),
        sa.Column("placeholder", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_attachments_user_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_attachments_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("message_id", name=op.f("uq_attachments_message_id")),
    )
    for column in ("user_id", "key", "expires_at"):
        op.create_index(op.f(f"ix_attachments_{column}"), "attachments", [column])
    op.create_table(
        "previews",
        sa.Column("id", ID, nullable=False),
        sa.Column("url_hash", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("site", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("placeholder", sa.Text(), nullable=True),
        sa.Column("fetched_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_previews")),
    )
    for column in ("url_hash", "fetched_at"):
        op.create_index(op.f(f"ix_previews_{column}"), "previews", [column])
    op.create_table(
        "message_links",
        sa.Column("message_id", ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("preview_id", ID, nullable=True),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_links_message_id")),
        sa.ForeignKeyConstraint(["preview_id"], ["previews.id"], name=op.f("fk_message_links_preview_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_links")),
    )
    op.create_index(op.f("ix_message_links_preview_id"), "message_links", ["preview_id"])
    kept = op.create_table(
        "secrets",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
    )
    # Here, so that there is one from the first moment on, and never two.
    op.bulk_insert(kept, [{"name": "signing", "value": secrets.token_urlsafe(32)}])


def downgrade() -> None:
    for table in ("secrets", "message_links", "previews", "attachments"):
        op.drop_table(table)
