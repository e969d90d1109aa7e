"""The database's history, run by Alembic."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from widget import db

TRIES, PAUSE = 20, 1
"""How often an upgrade is tried, and the seconds in between, while workers of the release before hold what it needs."""

LOCK_PATIENCE = 3
"""Seconds that a step waits for a table of PostgreSQL's: everybody who wants it later waits behind."""

_HELD_UP = ("40P01", "55P03")
"""PostgreSQL's codes for two that wait for each other, and for who has waited for too long."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


@cache
def newest() -> str | None:
    """The revision that this code expects."""
    return ScriptDirectory.from_config(_config()).get_current_head()


@cache
def _known() -> frozenset[str]:
    return frozenset(it.revision for it in ScriptDirectory.from_config(_config()).walk_revisions())


def is_known(revision: str) -> bool:
    """Whether this release has, or had, tables of this revision."""
    return revision in _known()


def serves(revision: str | None) -> bool:
    """Whether this release works on a database of this revision: its own, or that of a later release, which is rolled
    out beside it. What that has added, this one can leave out."""
    return revision is not None and (revision == newest() or not is_known(revision))


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a revision, the newest unless another one is named; one of a later release stays as it is.

    Others may be writing. Where PostgreSQL lets it wait for them for too long it is tried again; what was done until
    then is undone first.
    """
    if serves(current(engine)):
        return
    for left in reversed(range(TRIES)):
        try:
            _run(engine, command.upgrade, revision)
        except OperationalError as error:
            if not left or getattr(error.orig, "sqlstate", None) not in _HELD_UP:
                raise
            time.sleep(PAUSE)
        else:
            return


def downgrade(engine: Engine, revision: str) -> None:
    """Bring the database back to a revision, or so many steps back (-1); raises alembic's CommandError for none."""
    _run(engine, command.downgrade, revision)


def _run(engine: Engine, what: Callable[[Config, str], None], revision: str) -> None:
    config = _config()
    with db.writing(engine) as connection:
        config.attributes["connection"] = connection
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(1000 * LOCK_PATIENCE)}")
        what(config, revision)


def is_ours(_what: object, name: str | None, kind: str, *_: object) -> bool:
    """Whether the models are to know of it: not of the tables that FTS5 keeps for itself, nor of GIN indexes."""
    return not (kind == "table" and "_fts" in (name or "")) and not (name or "").endswith("_grams")


def current(engine: Engine) -> str | None:
    """The revision that the database is at; None when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
