"""A subscriber: one open stream, and the two ways in which its bytes leave this process."""

from __future__ import annotations

import _socket
import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from widget.realtime.events import ReceivedEvent

BACKLOG = 256 * 1024
"""How many bytes may wait for a subscriber that does not read, before it is cut off."""


READ, WRITE = 1, 2  # what libev's watchers wait for, in its numbers


class Subscriber:
    """One open stream. What is written waits in `backlog` until a transport takes it.

    `held` collects live events while the past is still being replayed; None means it is live.
    `seen` is how far the past reached, until something newer has come. `session` is what it was opened with, and
    ends with. Who `is_selective` is given whole only what the user follows.
    """

    __slots__ = ("as_json", "backlog", "closed", "held", "is_selective", "on_close", "seen", "session", "user_id")

    def __init__(
        self,
        user_id: str,
        as_json: bool,
        on_close: Callable[[Subscriber], None],
        session: str = "",
        is_selective: bool = False,
    ):
        self.user_id = user_id
        self.is_selective = is_selective
        self.as_json = as_json
        self.on_close = on_close
        self.session = session
        self.backlog = b""
        self.closed = False
        self.held: list[ReceivedEvent] | None = []
        self.seen: tuple[int, int] | None = None

    def write(self, frame: bytes) -> None:
        """Send some bytes, now or when the other side is ready for them; cuts off who is too far behind."""
        if self.closed:
            return
        self.backlog = self.backlog + frame if self.backlog else frame
        self.flush()
        # The replay of the past may be longer than the limit, so only a stream that is live can be too slow.
        if self.held is None and len(self.backlog) > BACKLOG:
            self.close()

    def flush(self) -> None:
        """Pass on what waits; here there is no transport yet."""

    def close(self) -> None:
        """End the stream and forget it."""
        if not self.closed:
            self.closed = True
            self.on_close(self)


class SocketSubscriber(Subscriber):
    """A subscriber that owns its socket: no greenlet, one of libev's watchers for "the client has gone".

    Only for a process that runs gevent's loop; all its methods are called from there.
    """

    __slots__ = ("_gone", "_socket", "_writable")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._socket: _socket.socket | None = None
        self._writable: Any = None  # there is one only while something waits: most tabs never need it

    def write(self, frame: bytes) -> None:
        """Send a frame: mostly the socket takes it whole, and at once."""
        if not self.backlog and self._socket is not None:
            try:
                sent = self._socket.send(frame)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.close()
                return
            if sent == len(frame):
                return
            frame = frame[sent:]
        super().write(frame)

    def adopt(self, descriptor: int, loop: Any) -> None:
        """Take a duplicate of the connection's descriptor and begin to send on it."""
        # The plain socket, not gevent's: it neither needs nor gets a hub of its own.
        own = _socket.socket(fileno=os.dup(descriptor))
        own.setblocking(False)
        self._gone = loop.io(own.fileno(), READ)
        self._socket = own
        self._gone.start(self._readable)
        self.flush()
        if self.closed:  # before it got here: say what there is to say, and end
            self._end()

    def flush(self) -> None:
        """Send what waits, as far as the socket takes it; the rest goes when it is writable again."""
        if self._socket is None:
            return
        try:
            sent = self._socket.send(self.backlog) if self.backlog else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        self.backlog = self.backlog[sent:]
        if self.backlog and self._writable is None:
            self._writable = self._gone.loop.io(self._socket.fileno(), WRITE)
            self._writable.start(self.flush)
        elif not self.backlog:
            self._stop_waiting()

    def _stop_waiting(self) -> None:
        if self._writable is not None:
            self._writable.stop()
            self._writable.close()
            self._writable = None

    def _readable(self) -> None:
        # A browser sends nothing on a stream, so the only thing to read is that it has gone.
        try:
            if self._socket is not None and self._socket.recv(4096):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.close()

    def close(self) -> None:
        """End the stream: what the socket does not take at once is lost, and replayed to whoever comes back."""
        if not self.closed:
            super().close()
            self._end()

    def _end(self) -> None:
        if self._socket is None:
            return
        self._stop_waiting()
        self._gone.stop()
        self._gone.close()
        # Shut down, so that the other side sees the end even if a copy of the descriptor is open elsewhere.
        with contextlib.suppress(OSError):
            self._socket.shutdown(_socket.SHUT_RDWR)
        self._socket.close()
        self._socket = None


class GeneratorSubscriber(Subscriber):
    """A subscriber whose bytes leave as a WSGI response body: for servers that do not let go of their sockets."""

    __slots__ = ("_ready",)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._ready = threading.Event()

    def flush(self) -> None:
        """Wake the generator."""
        self._ready.set()

    def close(self) -> None:
        """End the stream after what waits has been sent."""
        super().close()
        self._ready.set()

    def __iter__(self) -> Iterator[bytes]:
        try:
            while True:
                self._ready.wait()
                self._ready.clear()
                chunk, self.backlog = self.backlog, b""
                if chunk:
                    yield chunk
                if self.closed and not self.backlog:
                    return
        finally:
            self.close()
