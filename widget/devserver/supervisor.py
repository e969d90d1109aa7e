"""`python app.py`: the whole chat on a bare machine.

With --demo also the shop that embeds it, and a sign-in link; with --dev that, started again whenever a file changes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError

from widget import extensions, migrations, settings
from widget.chat.errors import Unprocessable
from widget.chat.users import agents
from widget.devserver import conversations, embedded_redis, ports, reloading
from widget.settings import ROOT, Settings, WrongSetting

DEMO = {
    "ALLOWED_ORIGINS": "*",
    "WEBHOOKS_PRIVATE": "on",  # a bot that is being tried is on this machine
}
"""What a demo sets unless the environment does."""

DEMO_AGENTS = {"ana@example.com": "Ana", "ben@example.com": "Ben"}
"""The first one is the owner, and whom the printed link signs in."""

PATIENCE = 3.5
"""Seconds that the servers have to end by themselves."""


def main(arguments: list[str]) -> int:
    """Start everything, serve until Ctrl-C or SIGTERM, and end everything that was started."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _note_stop)
    sys.unraisablehook = _tell_lost
    os.chdir(ROOT)  # gunicorn finds its configuration there, and relative paths mean one place for all processes
    try:
        dev = "--dev" in arguments
        return _serve(demo=dev or "--demo" in arguments, dev=dev)
    except (Stopped, KeyboardInterrupt):
        return 0
    except (WrongSetting, embedded_redis.NoRedis) as wrong:
        print(wrong, file=sys.stderr)
    except SQLAlchemyError as error:
        reason = str(error).partition("\n")[0]
        print(f"The database cannot be used: {reason}", file=sys.stderr)
    return 1


_asked_to_stop: list[int] = []
"""The signals that have asked for the end so far."""


class Stopped(Exception):
    """The end was asked for."""


def _note_stop(number: int, frame: FrameType | None) -> None:
    """Note that the end is asked for; `_pause` and `_check` see it.

    An exception raised here could be lost (in a `__del__`, in a callback), could lose a process that has just been
    started, and could cut the end short. Only bringing the database up to date, which can wait for others and starts
    nothing, is cut short at once; if that is lost, the check that follows sees it.
    """
    _asked_to_stop.append(number)
    while frame is not None:
        if frame.f_code is _prepare.__code__:
            raise KeyboardInterrupt
        frame = frame.f_back


def _tell_lost(lost: sys.UnraisableHookArgs) -> None:
    """Print what was raised where nobody could catch it, but for a Ctrl-C: `_check` sees that."""
    if not (_asked_to_stop and issubclass(lost.exc_type, KeyboardInterrupt)):
        sys.__unraisablehook__(lost)


def _check() -> None:
    """Raises Stopped when the end was asked for."""
    if _asked_to_stop:
        raise Stopped


def _pause(seconds: float) -> None:
    """Wait, and raise Stopped when the end was asked for."""
    time.sleep(seconds)
    _check()


def _serve(demo: bool, dev: bool) -> int:
    for name, value in DEMO.items() if demo else ():
        os.environ[name] = os.environ.get(name, "").strip() or value
    port = settings.from_environ().port
    host = ports.LOOPBACK[0] if demo else "0.0.0.0"  # noqa: S104  a demo is for this machine, a server for all
    if demo and port in ports.CLOSED_TO_BROWSERS:
        raise WrongSetting("PORT", str(port), "a port that browsers open; this one they keep for something else")
    if ports.is_taken(host, port):
        raise WrongSetting("PORT", str(port), "a port that is free; something else listens on this one")
    if demo:
        # localhost and 127.0.0.1 are two sites to a browser: the popup is as foreign to the shop as it can be.
        os.environ["DEMO_SHOP_URL"] = f"http://localhost:{ports.free_after(port)}"
    with _redis(), _servers() as servers:
        _check()
        current = settings.from_environ()
        invitation = _prepare(current, demo)
        _check()
        chat = ("gunicorn", "--bind", f"{host}:{port}", "widget.devserver.reloading:create()" if dev else "app:app")
        servers.append(_start(*chat))
        _check()
        if demo:
            servers.append(_start("widget.devserver.shop", current.demo_shop, current.base_url, "plain"))
        heard = [port, int(current.demo_shop.rpartition(":")[2])] if demo else [port]
        while _all_run(servers) and not all(map(ports.answers, heard)):
            _pause(0.05)
        if _all_run(servers):
            print(f"\n{invitation}\n", flush=True)
        if dev:
            _keep_up_to_date(servers, chat)
        while _all_run(servers):
            _pause(0.2)
        print("One of the servers has ended, so the others end as well.", file=sys.stderr)
        return 1


def _keep_up_to_date(servers: list[subprocess.Popen[bytes]], chat: tuple[str, ...]) -> NoReturn:
    """Start the chat's server again whenever a file has changed. One that has failed waits for the next change."""
    served = reloading.newest()
    while True:
        _pause(0.3)
        newest = reloading.newest()
        if newest > served:
            served = newest
            print("A file has changed, so the server starts again.", flush=True)
            _end(servers[:1], PATIENCE)
            servers[0] = _start(*chat)


def _prepare(current: Settings, demo: bool) -> str:
    """Bring the database up to date; returns what to print once the servers run."""
    from widget import create_app

    app = create_app(current)
    engine = extensions.of(app).engine
    try:
        migrations.upgrade(engine)
        if not demo:
            tag = f'<script src="{current.base_url}/widget.js" async></script>'
            return f"  The tag:   {tag}\n  The inbox: {current.base_url}/inbox"
        with app.app_context():
            for login, name in DEMO_AGENTS.items():
                with contextlib.suppress(Unprocessable):  # they are there already
                    agents.add(login, name)
            conversations.write(conversations.Team(*map(agents.get, DEMO_AGENTS)))
            secret = agents.sign_in_link(next(iter(DEMO_AGENTS)))
        return f"  The shop:  {current.demo_shop}/\n  The inbox: {current.base_url}/inbox/link/{secret}"
    finally:
        engine.dispose()


@contextlib.contextmanager
def _redis() -> Iterator[None]:
    """The Redis of REDIS_URL, else one that lives as long as this block."""
    if os.environ.get("REDIS_URL", "").strip():
        yield
        return
    with _short_folder() as folder:
        process, os.environ["REDIS_URL"] = embedded_redis.start(folder)
        try:
            yield
        finally:
            _end([process], 1)


@contextlib.contextmanager
def _short_folder() -> Iterator[Path]:
    """A folder for a socket, whose path may have some 100 characters at most: not in a deep TMPDIR then."""
    folder = Path(tempfile.mkdtemp(prefix="chat-redis-", dir="/tmp" if len(tempfile.gettempdir()) > 60 else None))  # noqa: S108
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A process of a session of its own: Ctrl-C reaches only us, and we end all in the proper order."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        start_new_session=True,
        preexec_fn=embedded_redis.end_with_parent,
    )


@contextlib.contextmanager
def _servers() -> Iterator[list[subprocess.Popen[bytes]]]:
    """A list for processes that end with this block, however it ends."""
    processes: list[subprocess.Popen[bytes]] = []
    try:
        yield processes
    finally:
        _end(processes, PATIENCE)


def _all_run(processes: list[subprocess.Popen[bytes]]) -> bool:
    return all(process.poll() is None for process in processes)


def _end(processes: list[subprocess.Popen[bytes]], patience: float) -> None:
    """Ask all to end, wait for it no longer than `patience` seconds together, then end them and their children."""
    give_up = time.monotonic() + patience
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(max(0.1, give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
