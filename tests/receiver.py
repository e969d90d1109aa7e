"""A program that is told of events by webhook, and answers as a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests import services


@dataclass
class Delivery:
    """A request that came."""

    headers: dict[str, str]
    text: str

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found


Answer = tuple[int, dict[str, str], str]
TAKEN: Answer = (204, {}, "")


class Receiver:
    """A server at `url`; `answer` says what each delivery gets."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.answer: Callable[[Delivery], Answer] = lambda _delivery: TAKEN
        receiver = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                delivery = Delivery({name.lower(): value for name, value in self.headers.items()}, text)
                receiver.deliveries.append(delivery)
                status, headers, body = receiver.answer(delivery)
                self.send_response(status)
                for name, value in (headers | {"Content-Length": str(len(body.encode()))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def of(self, conversation: str) -> list[dict[str, Any]]:
        """The events of a conversation, in the order in which they came."""
        return [it.event for it in list(self.deliveries) if it.event["data"]["conversation"]["id"] == conversation]

    def wait(self, conversation: str, count: int, what: str = "the webhook") -> list[dict[str, Any]]:
        """The events of a conversation once there are so many."""
        services.wait_for(lambda: len(self.of(conversation)) >= count, what)
        return self.of(conversation)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiver() -> Iterator[Receiver]:
    with services.closing(Receiver()) as found:
        yield found
