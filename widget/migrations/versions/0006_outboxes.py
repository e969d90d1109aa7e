"""The two outboxes under the names that the code has for them, and mesibo's refusal of a message at the message itself.

`unpublished` (what is to reach the tabs) becomes `outbox`; `outbox` (what is to reach mesibo) `mesibo_outbox`. The
release before cannot write meanwhile: end it first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
MESIBO_COLUMNS = "id, message_id, version, state, mid, reason, created_at, handed_at, sent_at"


def _to_mesibo(name: str) -> None:
    op.create_table(
        name,
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("message_id", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("mid", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("handed_at", TIME, nullable=True),
        sa.Column("sent_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f(f"fk_{name}_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("message_id", "version", name=op.f(f"uq_{name}_message_id_version")),
    )
    op.create_index(f"{name}_waiting", name, ["state", "id"])


def _to_tabs(name: str) -> None:
    op.create_table(
        name,
        sa.Column("message_id", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("first", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f(f"fk_{name}_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_created_at"), name, ["created_at"])


def _copy(source: str, target: str, columns: str) -> None:
    op.execute(f"INSERT INTO {target} ({columns}) SELECT {columns} FROM {source}")  # noqa: S608
    if target == "mesibo_outbox" and op.get_bind().dialect.name == "postgresql":
        op.execute("SELECT setval('mesibo_outbox_id_seq', (SELECT COALESCE(MAX(id), 0) + 1 FROM mesibo_outbox), false)")
    op.drop_table(source)


def upgrade() -> None:
    _to_mesibo("mesibo_outbox")
    _copy("outbox", "mesibo_outbox", MESIBO_COLUMNS)
    _to_tabs("outbox")
    _copy("unpublished", "outbox", "message_id, version, first, created_at")
    op.add_column("messages", sa.Column("external_error", sa.String(length=200), nullable=True))
    op.execute(
        "UPDATE messages SET external_error = (SELECT reason FROM mesibo_outbox WHERE message_id = messages.id "
        "AND version = 0 AND state = 'failed') WHERE id IN (SELECT message_id FROM mesibo_outbox "
        "WHERE version = 0 AND state = 'failed')"
    )


def downgrade() -> None:
    op.drop_column("messages", "external_error")
    _to_tabs("unpublished")
    _copy("outbox", "unpublished", "message_id, version, first, created_at")
    _to_mesibo("outbox")
    _copy("mesibo_outbox", "outbox", MESIBO_COLUMNS)
