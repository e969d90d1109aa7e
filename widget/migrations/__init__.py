"""The database's history, run by Alembic."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


@cache
def newest() -> str | None:
    """The revision that this code expects."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest revision."""
    _run(engine, command.upgrade, "head")


def downgrade(engine: Engine, revision: str) -> None:
    """Bring the database back to a revision, or so many steps back (-1); raises alembic's CommandError for none."""
    _run(engine, command.downgrade, revision)


def _run(engine: Engine, what: Callable[[Config, str], None], revision: str) -> None:
    config = _config()
    with engine.execution_options(writing=True).begin() as connection:
        config.attributes["connection"] = connection
        what(config, revision)


def is_ours(_what: object, name: str | None, kind: str, *_: object) -> bool:
    """Whether the models are to know of it: not of the tables that FTS5 keeps for itself, nor of GIN indexes."""
    return not (kind == "table" and "_fts" in (name or "")) and not (name or "").endswith("_grams")


def current(engine: Engine) -> str | None:
    """The revision that the database is at; None when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
