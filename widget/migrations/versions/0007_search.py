"""Search by an index: folded text of messages and people, FTS5 on SQLite, grams under GIN on PostgreSQL.

What is there already is indexed in steps by `background`, while the chat goes on.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
GRAMS = postgresql.ARRAY(sa.Integer()).with_variant(sa.Text(), "sqlite")
TABLES = ("message_search", "user_search")


def _index(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE INDEX {table}_grams ON {table} USING gin (grams)")
        return
    op.execute(
        f"CREATE VIRTUAL TABLE {table}_fts USING fts5"
        f"(text, content='{table}', content_rowid='position', tokenize='trigram')"
    )
    added = f"INSERT INTO {table}_fts (rowid, text) VALUES (new.position, new.text)"  # noqa: S608
    removed = f"INSERT INTO {table}_fts ({table}_fts, rowid, text) VALUES ('delete', old.position, old.text)"  # noqa: S608
    op.execute(f"CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN {added}; END")
    op.execute(f"CREATE TRIGGER {table}_removed AFTER DELETE ON {table} BEGIN {removed}; END")
    op.execute(f"CREATE TRIGGER {table}_changed AFTER UPDATE OF text ON {table} BEGIN {removed}; {added}; END")


def upgrade() -> None:
    op.create_table(
        "message_search",
        sa.Column("position", NUMBER, nullable=False, autoincrement=False),
        sa.Column("message_id", sa.String(length=16), nullable=False),
        sa.Column("conversation_id", sa.String(length=16), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("grams", GRAMS, nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_search_message_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_message_search")),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_search_message_id")),
    )
    op.create_index("message_search_conversation", "message_search", ["conversation_id", "position"])
    op.create_table(
        "user_search",
        sa.Column("position", NUMBER, nullable=False, autoincrement=False),
        sa.Column("user_id", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("grams", GRAMS, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_search_user_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_user_search")),
        sa.UniqueConstraint("user_id", name=op.f("uq_user_search_user_id")),
    )
    op.create_table(
        "backfills",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("cursor", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_backfills")),
    )
    for table in TABLES:
        _index(table)
    for name, rows in (("message_search", "messages"), ("user_search", "users WHERE kind = 'visitor'")):
        begin = f"INSERT INTO backfills (name, cursor) SELECT '{name}', '' WHERE EXISTS (SELECT 1 FROM {rows})"  # noqa: S608
        op.execute(begin)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for what in ("added", "removed", "changed"):
                op.execute(f"DROP TRIGGER {table}_{what}")
            op.execute(f"DROP TABLE {table}_fts")
    for table in ("backfills", *TABLES):
        op.drop_table(table)
