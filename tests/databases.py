"""Databases with all tables: the first of a kind is migrated, the next are copies, which take a tenth of the time."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg

SQLITE = "sqlite:///"
TEMPLATE = "chat_with_all_tables"


@functools.cache
def _template() -> Path:
    """The copy of an SQLite database of this process."""
    return Path(tempfile.mkdtemp(prefix="chat-template-")) / "chat.db"


def fill(url: str, migrate: Callable[[], object]) -> None:
    """Give an empty database its tables, by `migrate` where there is nothing to copy; others are migrated."""
    if url.startswith(SQLITE):
        _fill_sqlite(Path(url.removeprefix(SQLITE)), migrate)
    else:
        _fill_postgresql(url, migrate)


def _fill_sqlite(file: Path, migrate: Callable[[], object]) -> None:
    if file.exists():
        migrate()
    elif _template().exists():
        shutil.copy(_template(), file)
    else:
        migrate()
        shutil.copy(file, _template())


def _fill_postgresql(url: str, migrate: Callable[[], object]) -> None:
    base, _, name = url.replace("postgresql+psycopg://", "postgresql://").rpartition("/")
    with psycopg.connect(f"{base}/{name}") as connection:
        has_tables = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone()
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:

        def finds(query: str, value: str) -> bool:
            return connection.execute(query, [value]).fetchone() is not None  # type: ignore[arg-type]

        # What goes through PgBouncer stays connected, and what somebody is connected to cannot be replaced.
        is_in_use = finds("SELECT 1 FROM pg_stat_activity WHERE datname = %s", name)
        has_template = finds("SELECT 1 FROM pg_database WHERE datname = %s", TEMPLATE)
        if has_template and not has_tables and not is_in_use:
            connection.execute(f"DROP DATABASE {name}")  # type: ignore[arg-type]
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")  # type: ignore[arg-type]
            return
        migrate()
        if not (has_template or has_tables or is_in_use):
            connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE {name}")  # type: ignore[arg-type]
