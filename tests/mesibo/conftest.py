"""Deployments with mesibo, whose REST API and SDK process are fakes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from tests import services
from tests.mesibo.fake_rest_api import APP_TOKEN, WEBHOOK_SECRET, FakeRestApi
from tests.mesibo.fake_sdk import FakeSdk
from tests.web import hostile


class SdkServer(services.ChatServer):
    """The chat with a fake of the SDK's process."""

    app = "tests.mesibo.app:app"


@pytest.fixture(scope="module")
def mesibo() -> Iterator[FakeRestApi]:
    with services.closing(FakeRestApi()) as fake:
        yield fake


@pytest.fixture(scope="module")
def fake_sdk() -> Iterator[FakeSdk]:
    with services.closing(FakeSdk()) as fake:
        yield fake


def environ(mesibo: FakeRestApi) -> dict[str, str]:
    """The settings of every deployment of these tests."""
    return {
        "MESIBO_APP_TOKEN": APP_TOKEN,
        "MESIBO_API_URL": mesibo.url,
        "MESIBO_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "POPUP_DESTINATION_USER": "ana",
        "MESIBO_PACE": "100000/1",
    }


class FileServer:
    """A web server with one image, which an app has uploaded."""

    IMAGE = hostile.picture("PNG", (40, 20))

    def __init__(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path == "/photo.png"
                self.send_response(200 if found else 404)
                self.end_headers()
                self.wfile.write(FileServer.IMAGE if found else b"")

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class RestServer(services.ChatServer):
    """The chat, for which the file server's name resolves."""

    app = "tests.mesibo.scene:app"


@pytest.fixture(scope="module")
def by_rest(
    redis_server: services.RedisServer, mesibo: FakeRestApi, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[services.ChatServer]:
    place = redis_server.database(), f"sqlite:///{tmp_path_factory.mktemp('rest')}/chat.db"
    with services.closing(FileServer()) as shelf:
        settings = environ(mesibo) | {"MESIBO_LINK": "rest", "TEST_PAGES_PORT": str(shelf.port)}
        with services.closing(RestServer(*place, **settings)) as chat:
            yield chat


@pytest.fixture(scope="module")
def sdk_server(
    redis_server: services.RedisServer, mesibo: FakeRestApi, fake_sdk: FakeSdk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SdkServer]:
    place = redis_server.database(), f"sqlite:///{tmp_path_factory.mktemp('sdk')}/chat.db"
    settings = environ(mesibo) | {"MESIBO_LINK": "sdk", "MESIBO_ACCESS_TOKEN": fake_sdk.token}
    with services.closing(SdkServer(*place, **settings)) as chat:
        yield chat


def status_of(chat: services.ChatServer) -> dict[str, Any]:
    """How the connection is doing, by /readyz."""
    status: dict[str, Any] = requests.get(f"{chat.url}/readyz", timeout=5).json()["link"]
    return status


@pytest.fixture
def by_sdk(sdk_server: SdkServer, fake_sdk: FakeSdk) -> SdkServer:
    """The chat with its connection online, and nothing on its way."""

    def quiet() -> bool:
        status = status_of(sdk_server)
        return status["state"] == "online" and not status.get("waiting")

    services.wait_for(quiet, "the connection to be online")
    fake_sdk.commands.clear()
    fake_sdk.sent.clear()
    return sdk_server
