"""Dump: the rows of all tables as they were at one moment, and the files that they name, as a zip.

    manifest.json          the revision of the tables, their columns, how many rows and files there are
    tables/NAME.jsonl      a row each line, a JSON list
    files/KEY              what the storage has

The index of the search is made anew by `restore`; what is only in Redis may be lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import JSON, Column, Connection, Engine, Select, Table, select

from widget import migrations, storage
from widget.chat.errors import Unprocessable
from widget.i18n import _
from widget.models import Attachment, Base, Message, Preview, User, now
from widget.models.base import Moment

FORMAT = 1

MADE_ANEW = ("message_search", "user_search", "backfills")
"""Tables that follow from the others."""

BATCH = 500

_PARENTS_FIRST: dict[str, Any] = {
    "users": (User.team_id.is_not(None), User.id),
    "messages": (Message.conversation_id, Message.seq),
}
"""The order of rows that may name another row of their table: after it."""


def dump(engine: Engine, file: IO[bytes]) -> dict[str, int]:
    """Write everything; returns how many rows and files there are, and how many files were gone.

    The server may go on serving. Raises Unprocessable when the tables are not as this release has them.
    """
    if migrations.current(engine) != migrations.newest():
        raise Unprocessable(_("The database is not at the newest revision; run db upgrade first."))
    manifest: dict[str, Any] = {"format": FORMAT, "revision": migrations.newest(), "made_at": now().isoformat()}
    tables: dict[str, Any] = {}
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        with _snapshot(engine) as connection:
            for table in Base.metadata.sorted_tables:
                if table.name not in MADE_ANEW:
                    rows = _dump_table(archive, connection, table)
                    tables[table.name] = {"columns": {it.name: _kind(it) for it in table.columns}, "rows": rows}
            keys = _keys(connection)
        copied = sum(_copy(archive, key) for key in keys)
        counts = {"rows": sum(it["rows"] for it in tables.values()), "files": copied, "gone": len(keys) - copied}
        archive.writestr("manifest.json", json.dumps(manifest | {"tables": tables} | counts, indent=1))
    return counts


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection whose every question is answered as of one moment."""
    sqlite = engine.dialect.name == "sqlite"
    engine = engine if sqlite else engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        if sqlite:
            connection.exec_driver_sql("BEGIN")
        yield connection


def _kind(column: Column[Any]) -> str:
    """How a value is written: a `time` in ISO 8601, JSON as it is (`json`: or none at all), all else `plain`."""
    if isinstance(column.type, JSON):
        return "json" if column.nullable else "value"
    return "time" if isinstance(column.type, Moment) else "plain"


def _dump_table(archive: ZipFile, connection: Connection, table: Table) -> int:
    query: Select[Any] = select(table).order_by(*_PARENTS_FIRST.get(table.name, table.primary_key))
    if table.name == "attachments":
        query = query.where(Attachment.ready)  # what is still coming comes again
    count = 0
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as out:
        for rows in connection.execution_options(yield_per=BATCH).execute(query).partitions():
            out.write("".join(json.dumps([_written(it) for it in row]) + "\n" for row in rows).encode())
            count += len(rows)
    return count


def _written(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _keys(connection: Connection) -> list[str]:
    """What the storage is to have for these rows."""
    found = set(connection.scalars(select(Attachment.key).where(Attachment.ready)))
    found |= {f"{key}.webp" for key in connection.scalars(select(Attachment.key).where(Attachment.thumbnail))}
    return sorted(found | set(connection.scalars(select(Preview.key).where(Preview.key.is_not(None)))))


def _copy(archive: ZipFile, key: str) -> bool:
    """Whether the file was there: it may have been deleted since the rows were read."""
    try:
        pieces = storage.current().read(key)
        first = next(pieces, b"")
    except storage.Missing:
        return False
    entry = ZipInfo(f"files/{key}")
    entry.compress_type = ZIP_STORED
    with archive.open(entry, "w", force_zip64=True) as out:
        out.write(first)
        for piece in pieces:
            out.write(piece)
    return True
