"""The released SDK itself, without a network: what it does at its start, with a wrong token, and after its last day."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import api, services
from tests.faults.processes import alive, family
from tests.mesibo.conftest import environ, status_of
from tests.mesibo.fake_rest_api import FakeRestApi
from widget.mesibo.transports import sdk, sdk_process

LAST_DAYS = "2026-11-20"
"""The day before the release stops working: two years after it was built."""


class RealServer(services.ChatServer):
    """The chat with the real SDK."""

    app = "tests.mesibo.real:app"


class Process:
    """The SDK's process in the hands of a test, at some date."""

    def __init__(self, folder: Path, date: str):
        self.pipe, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                ["faketime", date, *sdk_process.COMMAND, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
            )
        self.pipe.settimeout(services.PATIENCE)
        self.lines = self.pipe.makefile("r")
        self.command(do="start", token="no-token-of-theirs", app=sdk.APP, database=str(folder / "sdk.db"))

    def command(self, **fields: Any) -> None:
        self.pipe.sendall(json.dumps(fields).encode() + b"\n")

    def wait_for(self, event: str) -> dict[str, Any]:
        """Its next event of this kind."""
        for line in map(json.loads, self.lines):
            if line["event"] == event:
                return dict(line)
        raise AssertionError(f"it has ended: {self.process.poll()}")

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(autouse=True)
def nothing_left_behind() -> None:
    """A faketime that was killed leaves files under its number, and the next one to get that number would refuse to
    start: at the latest when the numbers begin anew."""
    for file in Path("/dev/shm").glob("*faketime_s*_*"):
        if not Path(f"/proc/{file.name.rpartition('_')[2]}").exists():
            file.unlink(missing_ok=True)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """The SDK on one of its last days."""
    with services.closing(Process(tmp_path, LAST_DAYS)) as started:
        yield started


def test_it_starts_and_says_at_once_that_a_wrong_token_is_wrong(process: Process) -> None:
    assert process.wait_for("status")["status"] == 4
    assert process.wait_for("started")


def test_what_is_sent_while_offlinehas_the_outbox_status_and_the_number_that_it_was_given(process: Process) -> None:
    process.wait_for("started")
    message = {"gid": 0, "address": "ana", "mid": 1_234_567, "text": "grüße 🎉", "title": "Vera"}
    process.command(do="send", id=1, **message)
    echo, answer = process.wait_for("message"), process.wait_for("sent")
    assert (echo["mid"], echo["text"], echo["peer"], echo["incoming"]) == (1_234_567, "grüße 🎉", "ana", False)
    assert (echo["status"], answer["status"], answer["result"], answer["mid"]) == (0, 0, 0, 1_234_567)
    process.command(do="send", id=2, gid=77, address="", mid=8, text="to all", title="Vera", reply_to=1_234_567)
    echo = process.wait_for("message")
    assert (echo["gid"], echo["reply_to"]) == (77, 1_234_567)


def test_typing_and_looking_up_are_understood_also_while_not_signed_in(process: Process) -> None:
    process.wait_for("started")
    # Not `read`: receipts while not signed in have been seen to crash the SDK, so the worker waits until it is.
    for command in ({"do": "typing"}, {"do": "find", "id": 3, "count": 10}):
        process.command(gid=0, address="ana", **command)
        process.command(gid=77, address="", **command)
    # Not signed in there is nothing to be read; but nothing of it is "trouble", or the end of the process.
    assert [process.wait_for("found") for _ in range(2)] == [{"event": "found", "id": 3, "result": -1}] * 2


def test_it_ends_when_the_worker_does_and_so_does_the_helper_that_it_forks(process: Process) -> None:
    process.wait_for("started")
    both = services.wait_for(lambda: len(family(process.process.pid)) > 1 and family(process.process.pid), "its helper")
    process.lines.close()
    process.pipe.close()
    process.process.wait(5)
    services.wait_for(lambda: not alive(both or ()), "its helper to end")


def test_on_the_real_date_the_release_has_expired_and_says_so_only_in_print(tmp_path: Path) -> None:
    with services.closing(Process(tmp_path, time.strftime("%Y-%m-%d %H:%M:%S"))) as process:
        first = next(map(json.loads, process.lines))
        assert first == {"event": "started"}, "it calls no listener"
        process.stop()
        assert process.process.stdout is not None
        assert sdk_process.TOO_OLD in process.process.stdout.read().decode()


def test_a_platform_that_the_sdk_does_not_run_on_is_told_instead_of_ending_anything(tmp_path: Path) -> None:
    package = tmp_path / "mesibo"
    package.mkdir()
    (package / "__init__.py").write_text('raise SystemExit("\\n==> Error: missing files\\n")')
    ours, theirs = socket.socketpair()
    with theirs:
        child = subprocess.Popen(
            [sys.executable, str(Path(sdk_process.COMMAND[-1])), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
            start_new_session=True,
        )
    with ours, ours.makefile("r") as lines:
        ours.sendall(b'{"do": "start", "token": "", "app": "", "database": ""}\n')
        assert json.loads(next(lines)) == {"event": "unusable", "reason": "==> Error: missing files"}
    child.wait(5)


def served(redis_server: services.RedisServer, folder: Path, **more: str) -> services.ChatServer:
    place = redis_server.database(), f"sqlite:///{folder}/chat.db"
    settings = {"MESIBO_ACCESS_TOKEN": f"none-{folder.name}", "POPUP_DESTINATION_USER": "ana"}
    return RealServer(*place, **settings | more)


def state_of(chat: services.ChatServer, *states: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        status = status_of(chat)
        return status if status["state"] in states else None

    return services.wait_for(found, f"the connection to be {' or '.join(states)}") or {}


def test_an_expired_release_is_told_everywhere_with_the_remedy_while_the_web_goes_on(
    redis_server: services.RedisServer, tmp_path: Path
) -> None:
    with services.closing(served(redis_server, tmp_path, MESIBO_LINK="sdk", MESIBO_SINGLE_USER="1")) as chat:
        status = state_of(chat, "expired")
        assert "pip install -U mesibo" in status["reason"]
        assert re.search("^state: expired\nreason: .*pip install -U mesibo", chat.flask("link", "status"), re.MULTILINE)
        assert "This release of the mesibo SDK has expired" in chat.printed()
        vera, agent = api.visitor(chat.url), api.agent(chat)
        assert "This release of the mesibo SDK has expired" in agent.get("/inbox").text
        assert vera.send("anybody there?").status_code == 201
        assert agent.history(vera.conversation)[0]["body"] == "anybody there?"
        assert status_of(chat)["state"] == "expired"


def test_with_an_app_token_the_rest_link_takes_over_from_a_release_that_has_expired(
    redis_server: services.RedisServer, tmp_path: Path, mesibo: FakeRestApi
) -> None:
    with services.closing(served(redis_server, tmp_path, **environ(mesibo))) as chat:
        services.wait_for(lambda: status_of(chat) == {"name": "rest", "state": "online"}, "REST")
        assert "mesibo transport: sdk, because MESIBO_ACCESS_TOKEN is set" in chat.printed()
        assert "the rest transport is used instead of sdk" in chat.printed()
        api.visitor(chat.url).send("by the other way")
        services.wait_for(lambda: mesibo.texts() == ["by the other way"], "the message to leave")


def sdk_processes(chat: services.ChatServer) -> list[int]:
    """The SDK's processes of this server, also those that it forked and that are nobody's child any more."""
    everybody = alive(int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    ours = f"PORT={chat.port}\0".encode()
    return [pid for pid, command in everybody.items() if "sdk_child" in command and ours in environment(pid)]


def environment(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes()
    return b""


def test_a_wrong_token_is_refused_with_what_to_do_and_leaves_nothing_running(
    redis_server: services.RedisServer, tmp_path: Path
) -> None:
    more = {"MESIBO_LINK": "sdk", "MESIBO_SINGLE_USER": "1", "TEST_DATE": LAST_DAYS}
    with services.closing(served(redis_server, tmp_path, **more)) as chat:
        assert "MESIBO_ACCESS_TOKEN" in state_of(chat, "refused")["reason"]
        services.wait_for(lambda: not sdk_processes(chat), "the SDK's process to end")


def test_a_native_crash_is_told_and_it_is_started_again_while_the_web_goes_on(
    redis_server: services.RedisServer, tmp_path: Path
) -> None:
    more = {"MESIBO_LINK": "sdk", "MESIBO_SINGLE_USER": "1", "TEST_DATE": LAST_DAYS, "TEST_CRASH": "1"}
    with services.closing(served(redis_server, tmp_path, **more)) as chat:
        reason = state_of(chat, "offline")["reason"]
        assert re.match(r"The SDK's process ended (by signal|with code) \d+; it is started again in [12] s\.", reason)
        services.wait_for(lambda: chat.printed().count("the mesibo SDK is connecting") > 1, "it to be started again")
        vera = api.visitor(chat.url)
        assert vera.send("anybody there?").status_code == 201
        assert status_of(chat)["state"] in ("connecting", "offline")
