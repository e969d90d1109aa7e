"""Drives the load generator, a program in C: Python itself could not read what nchan writes."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from bench import processes

SOURCE = Path(__file__).parent / "loadgen"


class Listener(NamedTuple):
    """A user whose tabs are opened; the last two only where the server asks for them."""

    name: str
    token: str = "-"
    conversation: str = "-"


class Aim(NamedTuple):
    """Where the load goes, as templates; `{user} {token} {conversation} {marker} {uuid}` are filled in."""

    port: int
    get: str = "/stream?channel={user}"
    post: str = "/publish?channel={user}"
    header: str = ""
    type: str = "text/plain; charset=utf-8"
    body: str = "{marker}"


def build() -> Path:
    """Compile the generator; raises CalledProcessError where there is no C compiler."""
    program = Path(tempfile.mkdtemp(prefix="loadgen-")) / "loadgen"
    sources = sorted(SOURCE.glob("*.c"))
    subprocess.run(["cc", "-O2", "-o", program, *sources], check=True)
    return program


class Load:
    """A running generator. Every call answers with the generator's own figures."""

    def __init__(
        self, program: Path, aim: Aim, listeners: list[Listener], tabs: int, posts: int = 16, payload: int = 930
    ):
        with tempfile.NamedTemporaryFile("w", prefix="listeners-", delete=False) as file:
            file.writelines(f"{' '.join(listener)}\n" for listener in listeners)
        numbers = {"port": aim.port, "users": len(listeners), "tabs": tabs, "posts": posts, "payload": payload}
        words = {"file": file.name, "get": aim.get, "post": aim.post, "header": aim.header, "type": aim.type}
        options = [f"--{name}={value}" for name, value in (numbers | words | {"body": aim.body}).items()]
        processes.pin(processes.LOAD)
        self._process = subprocess.Popen([program, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _ask(self, command: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(command, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the load generator has ended with {self._process.wait()}")
        figures: dict[str, Any] = json.loads(answer)
        return figures

    def open(self) -> dict[str, Any]:
        """Open all tabs; `seconds` until a probe has reached the last."""
        return self._ask("open")

    def again(self) -> dict[str, Any]:
        """Close all tabs and open them at once."""
        return self._ask("again")

    def steady(self, rate: float, seconds: float) -> dict[str, Any]:
        """Post to users at random."""
        return self._ask(f"steady {rate} {seconds}")

    def flood(self, seconds: float) -> dict[str, Any]:
        """Post as fast as answers come."""
        return self._ask(f"flood {seconds}")

    def idle(self, seconds: float) -> None:
        """Only listen."""
        self._ask(f"idle {seconds}")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
