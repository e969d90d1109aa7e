"""A browser's side of a stream: the parser of the HTML standard, section 9.2.6, and nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dispatched:
    """An event as a page's listener gets it."""

    type: str
    data: str
    last_event_id: str


class EventSource:
    """Give it the bytes of a stream; `events` has what it dispatched."""

    def __init__(self) -> None:
        self.events: list[Dispatched] = []
        self.comments = 0
        self.last_event_id = ""
        self.reconnection_time: int | None = None
        self._rest = b""
        self._forget()

    def _forget(self) -> None:
        self._type, self._data = "", ""

    def feed(self, chunk: bytes) -> None:
        """Interpret some more of the stream; lines end with CRLF, LF or CR and with nothing else."""
        lines = (self._rest + chunk).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            self._line(line.decode())

    def _line(self, line: str) -> None:
        if not line:
            self._dispatch()
        elif line.startswith(":"):
            self.comments += 1
        else:
            field, _, value = line.partition(":")
            self._field(field, value[1:] if value.startswith(" ") else value)

    def _field(self, field: str, value: str) -> None:
        if field == "event":
            self._type = value
        elif field == "data":
            self._data += value + "\n"
        elif field == "id" and "\0" not in value:
            self.last_event_id = value
        elif field == "retry" and value.isascii() and value.isdigit():
            self.reconnection_time = int(value)

    def _dispatch(self) -> None:
        if self._data:
            self.events.append(Dispatched(self._type or "message", self._data[:-1], self.last_event_id))
        self._forget()
