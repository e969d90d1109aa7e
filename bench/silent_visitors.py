"""What visitors who open the popup and never say a word leave behind: rows and bytes, before and after two days."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Engine, func, select

from tests import services
from widget import create_app, extensions, migrations, settings
from widget.chat.personal import retention
from widget.chat.users import visitors
from widget.chat.users.visitors import Profile
from widget.models import Base, now

COUNT = 1_000


class Kept(NamedTuple):
    """How much the database has, and how many keys Redis."""

    rows: int
    bytes: int
    keys: int


def measure(postgresql: bool) -> dict[str, float]:
    """What COUNT of them add, and how much of that is there two days later."""
    with services.closing(services.RedisServer()) as server, tempfile.TemporaryDirectory() as folder:
        if not postgresql:
            return _measure(server.url, f"sqlite:///{folder}/chat.db")
        with services.closing(services.PostgresServer()) as postgres:
            return _measure(server.url, postgres.database())


def _measure(redis_url: str, database_url: str) -> dict[str, float]:
    app = create_app(settings.from_environ({"REDIS_URL": redis_url, "DATABASE_URL": database_url}))
    engine = extensions.of(app).engine
    migrations.upgrade(engine)
    with app.app_context():
        empty = _kept(engine)
        for _ in range(COUNT):
            visitors.open_session(None, Profile())
        full = _kept(engine)
        while retention.step(now() + timedelta(days=2, minutes=1), 0, lambda _ids: set()).total():
            pass
        left = _kept(engine)
    engine.dispose()
    names = Kept._fields
    came = {f"{name}_at_first": float(there - before) for name, there, before in zip(names, full, empty, strict=True)}
    return came | {
        f"{name}_left": float(there - before) for name, there, before in zip(names, left, empty, strict=True)
    }


def _kept(engine: Engine) -> Kept:
    """What is there once the database has given back what is free."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        rows = sum(connection.scalar(select(func.count()).select_from(it)) or 0 for it in Base.metadata.sorted_tables)
        connection.exec_driver_sql("VACUUM FULL" if engine.dialect.name == "postgresql" else "VACUUM")
        if engine.dialect.name == "postgresql":
            size = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname = ANY(%s)"
            found = connection.exec_driver_sql(size, ([it.name for it in Base.metadata.sorted_tables],)).scalar()
        else:
            size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            found = connection.exec_driver_sql(size).scalar()
    return Kept(rows, int(found or 0), len(extensions.current().redis.keys()))  # type: ignore[arg-type]
