"""`make demo` on somebody's own machine: it starts everything, says where it is, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests import api, services
from tests.faults.processes import alive, copy_of_the_tree, family
from widget.devserver import ports

ENVIRON = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


class Demo:
    """`make demo` in a copy of the tree, as the foreground job of a terminal of its own."""

    def __init__(self, folder: Path, port: int, *command: str, **environ: str):
        self.printed = folder / f"printed-{time.monotonic_ns()}.txt"
        with self.printed.open("w") as output:
            self.process = subprocess.Popen(
                command or ["make", "--old-file=.venv/demo", "demo"],  # what is installed already is used
                cwd=folder,
                env=ENVIRON | {"PORT": str(port)} | environ,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )
        self.url = f"http://127.0.0.1:{port}"
        self.known: set[int] = set()

    def address(self, of: str) -> str:
        """An address that it prints."""

        def printed() -> str | None:
            output = self.printed.read_text()
            assert self.process.poll() is None, output
            found = re.search(rf"The {of}: +(http\S+)", output)
            return found and found[1]

        return str(services.wait_for(printed, f"the {of}'s address", within=60))

    def started(self) -> set[int]:
        """Everything that belongs to it; complete once the addresses are printed."""
        found = self.known = family(self.process.pid)
        commands = " ".join(alive(found).values())
        for part in ("app.py --demo", "redis-server", "gunicorn", "widget.devserver.shop"):
            assert part in commands, f"no {part} among {commands}"
        return found

    def kill(self) -> None:
        """End it whatever has become of it; what it has left behind as well."""
        for pid in self.known | family(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree where no unix socket could be: deep, and with spaces on the way."""
    deep = tmp_path_factory.mktemp("demo") / "a folder with spaces" / ("deep " * 10 + "down") / ("deep " * 10 + "down")
    copy_of_the_tree(deep)
    (deep / ".venv").symlink_to(Path(sys.prefix))
    assert len(str(deep)) > 107
    return deep


@pytest.fixture
def demo(folder: Path) -> Iterator[Demo]:
    """A running demo. Each one after the first finds the database and the agent that the first has made."""
    found = Demo(folder, services.free_port(), TMPDIR=str(folder))
    try:
        found.address("inbox")
        yield found
    finally:
        found.kill()


def people_with_streams(demo: Demo) -> list[api.Stream]:
    visitors = [api.visitor(demo.url) for _ in range(3)]
    return [visitor.listen() for visitor in visitors for _ in range(2)]


def all_end(pids: set[int]) -> None:
    services.wait_for(lambda: not alive(pids), "the end of all processes")


def test_the_demo_shows_a_shop_with_the_chat_and_lets_the_agent_in(demo: Demo) -> None:
    shop, inbox = demo.address("shop"), demo.address("inbox")
    page = requests.get(shop, timeout=5)
    assert page.ok
    assert f'<script src="{demo.url}/widget.js"' in page.text
    assert shop.partition("//")[2].partition(":")[0] != "127.0.0.1", "the shop is on the chat's own site"
    assert requests.get(f"{demo.url}/widget.js", timeout=5).ok
    redirect = requests.get(f"{demo.url}/demo", timeout=5, allow_redirects=False)
    assert (redirect.status_code, redirect.headers["Location"].rstrip("/")) == (302, shop.rstrip("/"))

    with requests.Session() as browser:
        assert inbox.startswith(f"{demo.url}/inbox/link/")
        inbox_page = browser.get(inbox, timeout=5)
        assert inbox_page.ok
        assert inbox_page.url == f"{demo.url}/inbox"
        visitor = api.visitor(demo.url)
        assert visitor.send("is the teapot still there?").status_code == 201
        assert "is the teapot still there?" in browser.get(f"{demo.url}/inbox", timeout=5).text


def test_the_demo_listens_on_this_machine_only(demo: Demo) -> None:
    ports = {int(demo.address(what).split("/")[2].rpartition(":")[2]) for what in ("shop", "inbox")}
    heard = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            address, _, port = line.split()[1].partition(":")
            if line.split()[3] == "0A" and int(port, 16) in ports:
                heard.add(address)
    assert heard <= {"0100007F", "00000000000000000000000001000000"}  # 127.0.0.1 and ::1
    assert "0100007F" in heard


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "SIGTERM"])
def test_the_end_of_the_demo_is_the_end_of_all_it_started(demo: Demo, number: signal.Signals) -> None:
    streams = people_with_streams(demo)
    started = demo.started()
    (redis,) = [pid for pid, command in alive(started).items() if "redis-server" in command]
    folder = Path(os.readlink(f"/proc/{redis}/cwd"))
    os.killpg(demo.process.pid, number)  # as a terminal does
    all_end(started)
    assert not folder.exists(), "Redis's folder is left behind"
    demo.process.wait(1)
    assert "Traceback" not in demo.printed.read_text()
    assert all(stream.events[-1].type == "bye" for stream in streams if stream.ended.wait(1))


def test_a_demo_that_is_killed_leaves_nothing_behind(demo: Demo) -> None:
    people_with_streams(demo)
    started = demo.started()
    (parent,) = [pid for pid, command in alive(started).items() if "app.py --demo" in command]
    os.kill(parent, signal.SIGKILL)
    all_end(started)


def test_a_gunicorn_that_is_killed_takes_the_demo_with_it(demo: Demo) -> None:
    started = demo.started()
    gunicorns = [pid for pid, command in alive(started).items() if "gunicorn" in command]
    os.kill(max(gunicorns, key=lambda pid: len(family(pid))), signal.SIGKILL)  # the master
    all_end(started)
    assert demo.process.wait(1) != 0


def test_ctrl_c_while_the_demo_starts_leaves_nothing_behind(folder: Path) -> None:
    demo = Demo(folder, services.free_port())
    try:
        services.wait_for(lambda: "redis-server" in " ".join(alive(family(demo.process.pid)).values()), "Redis")
        started = family(demo.process.pid)
        os.killpg(demo.process.pid, signal.SIGINT)
        all_end(started)
        demo.process.wait(1)
        assert "Traceback" not in demo.printed.read_text()
    finally:
        demo.kill()


def test_ctrl_c_at_any_point_of_the_start_ends_it_and_leaves_nothing_behind() -> None:
    """Whatever is being started then, and where what a signal raises would be lost; also when it is pressed again."""
    ran = subprocess.run([sys.executable, "-m", "tests.faults.interrupted"], capture_output=True, text=True, check=True)
    answer = json.loads(ran.stdout)
    assert answer["points"] >= 30
    assert answer["wrong"] == {}


def test_a_port_that_is_taken_ends_the_demo_with_one_line(demo: Demo, folder: Path) -> None:
    port = demo.url.rpartition(":")[2]
    second = Demo(folder, int(port), sys.executable, "app.py", "--demo")
    assert second.process.wait(10) == 1
    (line,) = second.printed.read_text().splitlines()
    assert line.startswith("PORT: ")
    assert port in line
    assert requests.get(f"{demo.url}/healthz", timeout=5).ok


def test_a_port_that_browsers_keep_for_something_else_ends_the_demo_with_one_line(folder: Path) -> None:
    demo = Demo(folder, 6000, sys.executable, "app.py", "--demo")
    assert demo.process.wait(10) == 1
    (line,) = demo.printed.read_text().splitlines()
    assert line.startswith("PORT: ")
    assert "browsers" in line
    assert ports.free_after(6664) > 6669, "the shop is where no browser goes"


def test_a_demo_without_any_redis_to_start_ends_with_one_line(tmp_path: Path, folder: Path) -> None:
    """A Python whose packages carry no Redis, on a machine that has none."""
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    packages = next(Path(sys.prefix).glob("lib/python*/site-packages"))
    (next(bare.glob("lib/python*/site-packages")) / "others.pth").write_text(str(packages))
    demo = Demo(folder, services.free_port(), str(bare / "bin" / "python"), "app.py", "--demo", PATH=str(bare / "bin"))
    assert demo.process.wait(20) == 1
    (line,) = demo.printed.read_text().splitlines()
    assert "install redis-server" in line
    assert "REDIS_URL" in line


def test_the_redis_that_comes_with_the_packages_is_enough(folder: Path, tmp_path: Path) -> None:
    """A machine with no redis-server on its PATH."""
    for program in ("make", "sh"):
        (tmp_path / program).symlink_to(str(shutil.which(program)))
    demo = Demo(folder, services.free_port(), PATH=str(tmp_path))
    try:
        demo.address("inbox")
        assert requests.get(f"{demo.url}/readyz", timeout=5).ok
        programs = [os.readlink(f"/proc/{pid}/exe") for pid in demo.started()]
        assert str(Path(sys.prefix) / "bin" / "redis-server") in programs
    finally:
        demo.kill()
