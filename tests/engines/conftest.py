"""One chat with a site of its own for each test, and each browser that is not Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services
from tests.browser.sites import Site
from tests.engines.firefox import Firefox
from tests.engines.people import Browser
from tests.engines.webkit import WebKit


@pytest.fixture
def chat(redis_server: services.RedisServer, tmp_path: Path) -> Iterator[services.ChatServer]:
    with services.closing(services.ChatServer(redis_server.database(), f"sqlite:///{tmp_path}/chat.db")) as server:
        yield server


@pytest.fixture
def site(chat: services.ChatServer) -> Iterator[Site]:
    """Somebody else's page with the tag."""
    html = f'<!doctype html><title>Shop</title><script src="{chat.url}/widget.js" data-name="Ann" async></script>'
    with services.closing(Site(html)) as site:
        yield site


@pytest.fixture(params=[Firefox, WebKit], ids=["firefox", "webkit"])
def other_browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    with services.closing(request.param()) as browser:
        yield browser


@pytest.fixture
def firefox() -> Iterator[Firefox]:
    with services.closing(Firefox()) as browser:
        yield browser
