"""Programs of the team for the tests that need one."""

from __future__ import annotations

import uuid

from tests import api, services

_with_webhook: list[tuple[services.ChatServer, str]] = []


def add_webhook(server: services.ChatServer, url: str, *options: str, name: str = "") -> str:
    """A new bot that is told at this address, until the test ends; the secret of the webhook."""
    name = name or f"Bot {uuid.uuid4().hex[:8]}"
    _with_webhook.append((server, name))
    return server.flask("bots", "add", name, "--webhook", url, *options).splitlines()[0].split()[-1]


def end_webhooks() -> None:
    """Remove the bots of a test that are told: what happens in another one is none of their business."""
    while _with_webhook:
        server, name = _with_webhook.pop()
        server.flask("bots", "remove", name)


def add(server: services.ChatServer, *options: str, name: str = "") -> api.Person:
    """A new bot, with its id; `options` are those of `flask bots add`."""
    name = name or f"Bot {uuid.uuid4().hex[:8]}"
    token = server.flask("bots", "add", name, *options).split()[-1]
    bot = api.Person(server.url, {"Authorization": f"Bearer {token}"})
    agents = bot.get("/w/agents")
    bot.id = next((it["id"] for it in agents.json()["agents"] if it["name"] == name), "") if agents.ok else ""
    return bot


def token(bot: api.Person) -> str:
    """What a bot shows to the chat."""
    return bot.headers["Authorization"].split()[-1]
