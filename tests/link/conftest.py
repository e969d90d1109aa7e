"""Deployments with a link to a mesibo that is not there: its REST API and its SDK's process are stand-ins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests import parts
from tests.link.cloud import Cloud
from tests.link.mesibo import APP_TOKEN, WEBHOOK_SECRET, Mesibo


class LinkedServer(parts.ChatServer):
    """The chat with a stand-in of the SDK's process."""

    app = "tests.link.app:app"


@pytest.fixture(scope="module")
def mesibo() -> Iterator[Mesibo]:
    with parts.closing(Mesibo()) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with parts.closing(Cloud()) as stand_in:
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


@pytest.fixture(scope="module")
def by_rest(
    redis_server: parts.RedisServer, mesibo: Mesibo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[parts.ChatServer]:
    place = redis_server.database(), f"sqlite:///{tmp_path_factory.mktemp('rest')}/chat.db"
    with parts.closing(parts.ChatServer(*place, **environ(mesibo), MESIBO_LINK="rest")) as chat:
        yield chat


@pytest.fixture(scope="module")
def linked(
    redis_server: parts.RedisServer, mesibo: Mesibo, cloud: Cloud, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LinkedServer]:
    place = redis_server.database(), f"sqlite:///{tmp_path_factory.mktemp('sdk')}/chat.db"
    settings = environ(mesibo) | {"MESIBO_LINK": "sdk", "MESIBO_ACCESS_TOKEN": cloud.token}
    with parts.closing(LinkedServer(*place, **settings)) as chat:
        yield chat


def link_of(chat: parts.ChatServer) -> dict[str, Any]:
    """How the link is doing, as /readyz tells."""
    told: dict[str, Any] = requests.get(f"{chat.url}/readyz", timeout=5).json()["link"]
    return told


@pytest.fixture
def by_sdk(linked: LinkedServer, cloud: Cloud) -> LinkedServer:
    """The chat with its link online, and nothing on its way."""

    def quiet() -> bool:
        link = link_of(linked)
        return link["state"] == "online" and not link.get("waiting")

    parts.wait_for(quiet, "the link to be online")
    cloud.said.clear()
    cloud.sent.clear()
    return linked
