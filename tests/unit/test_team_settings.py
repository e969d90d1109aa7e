"""What the owner sets, and what the environment says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests import services
from widget import create_app, extensions, migrations, settings
from widget.chat import appearance, team_settings
from widget.chat.users import agents


@pytest.fixture(params=["sqlite", "postgresql"])
def environ(
    request: pytest.FixtureRequest, redis_server: services.RedisServer, new_database: Callable[[str], str]
) -> dict[str, str]:
    """That of a deployment of its own."""
    return {"REDIS_URL": redis_server.database(), "DATABASE_URL": new_database(request.param)}


@contextmanager
def process(environ: dict[str, str], **more: str) -> Iterator[None]:
    """As within a process of this deployment."""
    app = create_app(settings.from_environ(environ | more))
    migrations.upgrade(extensions.of(app).engine)
    with app.app_context():
        yield
    extensions.of(app).engine.dispose()


def test_what_the_environment_sets_wins_and_what_the_owner_has_set_is_kept_for_when_it_does_not(
    environ: dict[str, str],
) -> None:
    with process(environ):
        owner = agents.add("olga@example.com")
        assert appearance.load().name == "Support"
        appearance.change(owner, name="Millrace", greeting="Ahoy")
    with process(environ, POPUP_DISPLAY_NAME="Weir"):
        assert team_settings.fixed("appearance") == {"name": "POPUP_DISPLAY_NAME"}
        appearance.change(owner, name="Mine", greeting="Hello")
        assert (appearance.current().name, appearance.current().greeting) == ("Weir", "Hello")
    with process(environ):
        assert (appearance.load().name, appearance.load().greeting) == ("Millrace", "Hello")
