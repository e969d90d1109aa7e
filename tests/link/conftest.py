"""Deployments with a link to a mesibo that is not there: its REST API and its SDK's process are stand-ins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import parts
from tests.link.cloud import Cloud
from tests.link.mesibo import APP_TOKEN, WEBHOOK_SECRET, Mesibo


class LinkedServer(parts.ChatServer):
    """The chat with a stand-in of the SDK's process."""

    app = "tests.link.app:app"


@pytest.fixture
def mesibo() -> Iterator[Mesibo]:
    with parts.closing(Mesibo()) as stand_in:
        yield stand_in


@pytest.fixture
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


@pytest.fixture
def by_rest(redis_server: parts.RedisServer, mesibo: Mesibo, tmp_path: Path) -> Iterator[parts.ChatServer]:
    place = redis_server.database(), f"sqlite:///{tmp_path}/chat.db"
    with parts.closing(parts.ChatServer(*place, **environ(mesibo), MESIBO_LINK="rest")) as chat:
        yield chat


@pytest.fixture
def by_sdk(redis_server: parts.RedisServer, mesibo: Mesibo, cloud: Cloud, tmp_path: Path) -> Iterator[LinkedServer]:
    place = redis_server.database(), f"sqlite:///{tmp_path}/chat.db"
    settings = environ(mesibo) | {"MESIBO_LINK": "sdk", "MESIBO_ACCESS_TOKEN": cloud.token}
    with parts.closing(LinkedServer(*place, **settings)) as chat:
        yield chat
