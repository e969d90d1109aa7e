"""Restore: what `dump` wrote, into an empty database and a storage, of whatever kinds they are."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import BadZipFile, ZipFile

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from widget import db, migrations, storage
from widget.backup.dump import BATCH, FORMAT
from widget.chat import backfills
from widget.chat.errors import Unprocessable
from widget.i18n import _

_KEY = re.compile(r"files/([0-9a-f]+(\.webp)?)")

_TYPES: dict[str, Any] = {
    "time": sa.DateTime(timezone=True),
    "json": sa.JSON(none_as_null=True),
    "value": sa.JSON(),
    "plain": None,
}
"""How `dump._kind` has written a column."""


def restore(engine: Engine, path: Path) -> dict[str, int]:
    """Put everything back, the files first, all rows in one transaction, and bring the tables to this release.

    Returns how many rows and files there are. Raises Unprocessable for what is no backup, one of a newer release, and a
    deployment in which there is somebody already.
    """
    try:
        archive = ZipFile(path)
        manifest = json.loads(archive.read("manifest.json"))
    except (BadZipFile, KeyError, ValueError):
        raise Unprocessable(_("%(path)s is no backup, or not a whole one.", path=path)) from None
    with archive:
        if manifest["format"] != FORMAT or not migrations.is_known(manifest["revision"]):
            raise Unprocessable(_("This backup was made by a newer release."))
        _require_empty(engine)
        files = _put_files(archive)
        if migrations.current(engine) is not None:
            migrations.downgrade(engine, "base")
        migrations.upgrade(engine, manifest["revision"])
        with db.writing(engine) as connection:
            _fill(connection, archive, manifest["tables"])
    migrations.upgrade(engine)
    while backfills.are_left():
        backfills.step()
    return {"rows": manifest["rows"], "files": files}


def _require_empty(engine: Engine) -> None:
    """Raise Unprocessable when somebody has used this deployment: nothing of theirs is overwritten."""
    if migrations.current(engine) is None:
        return
    with engine.connect() as connection:
        people = connection.scalar(sa.text("SELECT count(*) FROM users WHERE kind != 'team'"))
    if people:
        raise Unprocessable(_("There are people in this database already; restore into an empty one."))


def _put_files(archive: ZipFile) -> int:
    count = 0
    with TemporaryDirectory() as folder:
        for entry in archive.infolist():
            if known := _KEY.fullmatch(entry.filename):
                file = Path(folder, "file")
                with archive.open(entry) as source, file.open("wb") as target:
                    shutil.copyfileobj(source, target)
                storage.current().put(known[1], file)
                count += 1
    return count


def _fill(connection: Connection, archive: ZipFile, tables: dict[str, Any]) -> None:
    for name in reversed(tables):  # what the migrations have put there is in the backup as well
        connection.execute(sa.delete(sa.table(name)))
    for name, found in tables.items():
        kinds: dict[str, str] = found["columns"]
        table = sa.table(name, *(sa.column(column, _TYPES[kind]) for column, kind in kinds.items()))
        rows = _rows(archive, name, kinds)
        while some := list(islice(rows, BATCH)):
            connection.execute(table.insert(), some)
        _count_on(connection, name, kinds)
    connection.execute(sa.delete(sa.table("backfills")))
    for name in ("message_search", "user_search"):
        connection.execute(sa.text("INSERT INTO backfills (name, cursor) VALUES (:name, '')"), {"name": name})


def _rows(archive: ZipFile, name: str, kinds: dict[str, str]) -> Iterator[dict[str, Any]]:
    times = [column for column, kind in kinds.items() if kind == "time"]
    with archive.open(f"tables/{name}.jsonl") as lines:
        for line in lines:
            row = dict(zip(kinds, json.loads(line), strict=True))
            yield row | {it: datetime.fromisoformat(row[it]) for it in times if row[it] is not None}


def _count_on(connection: Connection, name: str, kinds: dict[str, str]) -> None:
    """Let PostgreSQL number the next row after the last one; SQLite does so by itself."""
    if connection.dialect.name != "postgresql" or "id" not in kinds:
        return
    sequence = connection.scalar(sa.text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": name})
    if sequence is not None:
        newest = sa.select(sa.func.max(sa.column("id"))).select_from(sa.table(name)).scalar_subquery()
        connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(newest, 0) + 1, False)))
