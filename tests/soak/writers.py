"""People who write without pause, and send again what was not acknowledged."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests import api


class Writer:
    """Writes into some conversations in turn, each message until it is acknowledged.

    `acknowledged` is what was, and when it was begun (`started_at`, monotonic).
    """

    def __init__(self, person: api.Person, port: int, conversations: Iterable[str]):
        self.person, self.port = person, port
        self.conversations = list(conversations)
        self.acknowledged: list[dict[str, Any]] = []
        self.statuses: Counter[int] = Counter()
        """How often each status was answered; 0 for no answer at all."""
        self._connection: http.client.HTTPConnection | None = None

    def write(self, number: int, give_up: threading.Event) -> None:
        """Send one message, again and again until it is accepted or `give_up` is set."""
        conversation = self.conversations[number % len(self.conversations)]
        started_at = time.monotonic()
        message = {"body": f"number {number} of {self.person.id}", "client_id": str(uuid.uuid4())}
        while True:
            status, answer = self.request("POST", f"/w/conversations/{conversation}/messages", message)
            if status in (200, 201):
                self.acknowledged.append(answer | {"started_at": started_at})
                return
            if give_up.wait(0.05):
                return

    def change(self) -> None:
        """Change the newest message, if there is one; what is not accepted is not tried again."""
        if self.acknowledged:
            self.request("PATCH", f"/w/messages/{self.acknowledged[-1]['id']}", {"body": f"changed {uuid.uuid4()}"})

    def read(self) -> None:
        """Read up to the newest message."""
        if self.acknowledged:
            newest = self.acknowledged[-1]
            self.request("POST", f"/w/conversations/{newest['conversation']}/read", {"upto": newest["seq"]})

    def request(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """What was answered; 0 when nothing was."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", **self.person.headers}
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            self._connection.request(method, path, json.dumps(body), headers)
            answer = self._connection.getresponse()
            found = answer.read()
            self.statuses[answer.status] += 1
            return answer.status, json.loads(found) if found and answer.status < 300 else None
        except (OSError, http.client.HTTPException):
            self.statuses[0] += 1
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return 0, None


class Writers:
    """All of them, each in a thread, until they are told to end; then each brings its last message to an end."""

    def __init__(self, writers: Iterable[Writer], pause: float = 0.0):
        self.all = list(writers)
        self._pause = pause
        self._ending, self._give_up = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(writer,), daemon=True) for writer in self.all]
        for thread in self._threads:
            thread.start()

    def _run(self, writer: Writer) -> None:
        number = 0
        while not self._ending.wait(self._pause):
            writer.write(number, self._give_up)
            number += 1
            if number % 7 == 0:
                writer.change()
            if number % 5 == 0:
                writer.read()

    @property
    def acknowledged(self) -> list[dict[str, Any]]:
        return [message for writer in self.all for message in list(writer.acknowledged)]

    def end(self, within: float = 60) -> None:
        """Let everybody bring their last message to an end."""
        self._ending.set()
        give_up = threading.Timer(within, self._give_up.set)
        give_up.start()
        for thread in self._threads:
            thread.join()
        give_up.cancel()
