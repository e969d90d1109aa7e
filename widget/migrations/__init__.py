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


def is_known(revision: str) -> bool:
    """Whether this release has, or had, tables of this revision."""
    return revision in {it.revision for it in ScriptDirectory.from_config(_config()).walk_revisions()}


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a revision, the newest unless another one is named."""
    _run(engine, command.upgrade, revision)


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
