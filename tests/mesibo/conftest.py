"""Deployments with a link to a mesibo that is not there: its REST API and its SDK's process are stand-ins."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from tests import services
from tests.mesibo.fake_rest_api import APP_TOKEN, WEBHOOK_SECRET, Mesibo
from tests.mesibo.fake_sdk_cloud import Cloud
from tests.web import hostile


class LinkedServer(services.ChatServer):
    """The chat with a stand-in of the SDK's process."""

    app = "tests.mesibo.app:app"


@pytest.fixture(scope="module")
def mesibo() -> Iterator[Mesibo]:
    with services.closing(Mesibo()) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with services.closing(Cloud()) as stand_in:
        yield stand_in


def environ(mesibo: Mesibo) -> dict[str, str]:
    """What every deployment of these tests is told."""
    return {
        "MESIBO_APP_TOKEN": APP_TOKEN,
        "MESIBO_API_URL": mesibo.url,
        "MESIBO_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "POPUP_DESTINATION_USER": "ana",
        "MESIBO_PACE": "100000/1",
    }


class Shelf:
    """Where an app has put a picture; it is all that is there."""

    PICTURE = hostile.picture("PNG", (40, 20))

    def __init__(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path == "/photo.png"
                self.send_response(200 if found else 404)
                self.end_headers()
                self.wfile.write(Shelf.PICTURE if found else b"")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class ServerByRest(services.ChatServer):
    """The chat where the app's files are."""

    app = "tests.mesibo.scene:app"


@pytest.fixture(scope="module")
def by_rest(
    redis_server: services.RedisServer, mesibo: Mesibo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[services.ChatServer]:
    place = redis_server.database(), f"sqlite:///{tmp_path_factory.mktemp('rest')}/chat.db"
    with services.closing(Shelf()) as shelf:
        settings = environ(mesibo) | {"MESIBO_LINK": "rest", "TEST_PAGES_PORT": str(shelf.port)}
        with services.closing(ServerByRest(*place, **settings)) as chat:
            yield chat


@pytest.fixture(scope="module")
def linked(
    redis_server: services.RedisServer, mesibo: Mesibo, cloud: Cloud, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LinkedServer]:
    place = redis_server.database(), f"sqlite:///{tmp_path_factory.mktemp('sdk')}/chat.db"
    settings = environ(mesibo) | {"MESIBO_LINK": "sdk", "MESIBO_ACCESS_TOKEN": cloud.token}
    with services.closing(LinkedServer(*place, **settings)) as chat:
        yield chat


def link_of(chat: services.ChatServer) -> dict[str, Any]:
    """How the link is doing, as /readyz tells."""
    told: dict[str, Any] = requests.get(f"{chat.url}/readyz", timeout=5).json()["link"]
    return told


@pytest.fixture
def by_sdk(linked: LinkedServer, cloud: Cloud) -> LinkedServer:
    """The chat with its link online, and nothing on its way."""

    def quiet() -> bool:
        link = link_of(linked)
        return link["state"] == "online" and not link.get("waiting")

    services.wait_for(quiet, "the link to be online")
    cloud.said.clear()
    cloud.sent.clear()
    return linked
