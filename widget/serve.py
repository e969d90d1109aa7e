"""`python app.py`: the whole chat on a bare machine. With --demo also the shop that embeds it, and a way in."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

from widget import embedded_redis, migrations, settings
from widget.chat import agents
from widget.chat.errors import Unprocessable
from widget.settings import Settings

DEMO_AGENT = "ana@example.com"


def main(arguments: list[str]) -> int:
    """Start everything, serve until Ctrl-C or SIGTERM, and end everything that was started."""
    demo = "--demo" in arguments
    if demo:
        os.environ.setdefault("ALLOWED_ORIGINS", "*")
    try:
        found = settings.from_environ()
        if demo:
            # localhost and 127.0.0.1 are two sites to a browser: the popup is as foreign to the shop as it can be.
            os.environ["DEMO_SHOP_URL"] = f"http://localhost:{_free_port(found.port + 1)}"
        with _redis():
            return _serve(settings.from_environ(), demo)
    except (settings.WrongSetting, embedded_redis.NoRedis) as wrong:
        print(wrong, file=sys.stderr)
        return 1


def _free_port(wanted: int) -> int:
    """`wanted`, or the first free port after it."""
    for port in range(wanted, wanted + 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise settings.WrongSetting("PORT", str(wanted - 1), "a port with a free one after it, for the demo shop")


@contextlib.contextmanager
def _redis():  # type: ignore[no-untyped-def]
    """The Redis of REDIS_URL, else one that lives as long as this block."""
    if os.environ.get("REDIS_URL"):
        yield
        return
    folder = Path(tempfile.mkdtemp(prefix="chat-redis-"))
    try:
        process, os.environ["REDIS_URL"] = embedded_redis.start(folder)
        try:
            yield
        finally:
            process.terminate()
            process.wait(5)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(found: Settings, demo: bool) -> int:
    from widget import create_app, db

    app = create_app(found)
    migrations.upgrade(app.extensions[db.EXTENSION])
    processes = [_start("gunicorn", "app:app")]
    if demo:
        processes.append(_start("widget.shop", found.demo_shop, found.base_url))
        with app.app_context():
            with contextlib.suppress(Unprocessable):  # she is there already
                agents.add(DEMO_AGENT, "Ana")
            secret = agents.sign_in_link(DEMO_AGENT)
        print(
            f"\n  The shop:  {found.demo_shop}/\n  The inbox: {found.base_url}/inbox/link/{secret}\n",
            flush=True,
        )
    else:
        print(f"\n  The chat: {found.base_url}/\n  The inbox: {found.base_url}/inbox\n", flush=True)
    app.extensions[db.EXTENSION].dispose()
    return _wait(processes)


def _start(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A process of our own session: Ctrl-C reaches only us, and we end it in the proper order."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        start_new_session=True,
        preexec_fn=embedded_redis.end_with_parent,
    )


def _wait(processes: list[subprocess.Popen[bytes]]) -> int:
    """Until Ctrl-C, SIGTERM or the end of one of them; then end them all, within four seconds."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    code = 0
    try:
        code = processes[0].wait()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(4)
        except subprocess.TimeoutExpired:
            process.kill()
    return code
