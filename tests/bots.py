"""Programs of the team for the tests that need one."""

from __future__ import annotations

import uuid

from tests import api, services


def add(server: services.ChatServer, *options: str, name: str = "") -> api.Person:
    """A new bot, with its id; `options` are those of `flask bots add`."""
    name = name or f"Bot {uuid.uuid4().hex[:8]}"
    token = server.flask("bots", "add", name, *options).split()[-1]
    bot = api.Person(server.url, {"Authorization": f"Bearer {token}"})
    agents = bot.get("/w/agents")
    bot.id = next((it["id"] for it in agents.json()["agents"] if it["name"] == name), "") if agents.ok else ""
    return bot
