"""What happened in a conversation is kept as an event with its values, so that each reader gets it in their language.

Lines of releases before are parsed; one that cannot be keeps its body, and is shown with it.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PATTERNS = {
    "group-created": r"(?P<user>.*) created the group “(?P<title>.*)”\.",
    "group-renamed": r"(?P<user>.*) named the group “(?P<title>.*)”\.",
    "picture-changed": r"(?P<user>.*) changed the group’s picture\.",
    "member-joined": r"(?P<user>.*) joined with an invitation from (?P<other>.*)\.",
    "member-left": r"(?P<user>.*) left\.",
    "owner-made": r"(?P<user>.*) made (?P<other>.*) an owner\.",
    "member-made": r"(?P<user>.*) made (?P<other>.*) a member\.",
    "member-added": r"(?P<user>.*) added (?P<other>.*)\.",
    "member-removed": r"(?P<user>.*) removed (?P<other>.*)\.",
}
CALL = r"(?P<media>Voice|Video) call, (?:(?P<minutes>\d+):(?P<seconds>\d\d)|(?P<outcome>[a-z ]+))"
OUTCOMES = ("declined", "busy", "no-answer", "cancelled", "failed")
PORTION = 500

messages = sa.table(
    "messages",
    sa.column("id", sa.String),
    sa.column("kind", sa.String),
    sa.column("body", sa.Text),
    sa.column("sender_id", sa.String),
    sa.column("event", sa.String),
    sa.column("params", sa.JSON),
)
users = sa.table("users", sa.column("id", sa.String), sa.column("name", sa.String))


def upgrade() -> None:
    op.add_column("messages", sa.Column("event", sa.String(length=20), nullable=True))
    op.add_column("messages", sa.Column("params", sa.JSON(), nullable=True))
    connection = op.get_bind()
    system = messages.c.kind.in_(("system", "call"))
    query = sa.select(messages.c.id, messages.c.kind, messages.c.body, users.c.name)
    query = query.join_from(messages, users, users.c.id == messages.c.sender_id).order_by(messages.c.id).limit(PORTION)
    after = ""
    while rows := connection.execute(query.where(system, messages.c.id > after)).all():
        after = rows[-1].id
        parsed = [(row.id, call(row.body) if row.kind == "call" else line(row.body, row.name)) for row in rows]
        found = [{"of": id_, "event": it[0], "params": it[1]} for id_, it in parsed if it]
        if found:
            values = {"event": sa.bindparam("event"), "params": sa.bindparam("params", type_=sa.JSON)}
            connection.execute(sa.update(messages).where(messages.c.id == sa.bindparam("of")).values(values), found)


def call(body: str) -> tuple[str, dict[str, object]] | None:
    """What became of a call, of its line."""
    found = re.fullmatch(CALL, body)
    if found is None:
        return None
    outcome = (found["outcome"] or "ended").replace(" ", "-")
    if outcome not in (*OUTCOMES, "ended"):
        return None
    duration = int(found["minutes"] or 0) * 60 + int(found["seconds"] or 0)
    return "call", {"media": found["media"].lower(), "outcome": outcome, "duration": duration}


def line(body: str, name: str) -> tuple[str, dict[str, object]] | None:
    """The event and the names in a line; where they leave a choice, `name` is who did it."""
    for event, pattern in PATTERNS.items():
        for user in (re.escape(name), ".*?"):
            found = re.fullmatch(pattern.replace("(?P<user>.*)", f"(?P<user>{user})"), body, re.DOTALL)
            if found:
                return event, dict(found.groupdict())
    return None


def downgrade() -> None:
    op.drop_column("messages", "params")
    op.drop_column("messages", "event")
