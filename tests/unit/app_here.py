"""An app in the process of the tests, with its tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from tests import databases
from widget import create_app, extensions, migrations, settings


@contextmanager
def app_here(environ: dict[str, str]) -> Iterator[Flask]:
    """As within a process of the deployment that has this environment; its tables are made."""
    app = create_app(settings.from_environ(environ))
    engine = extensions.of(app).engine

    def migrate() -> None:
        migrations.upgrade(engine)
        engine.dispose()  # what somebody is connected to is no template

    databases.fill(engine.url.render_as_string(hide_password=False), migrate)
    with app.app_context():
        yield app
    engine.dispose()
