"""The mesibo SDK in a process of its own, which may print, crash and end as it likes.

It speaks JSON lines over a socket whose descriptor is its only argument, and ends with it. A command has a `do`:
start, send, find, typing, read. An event has an `event`: status, message, update, mark, presence; sent and found
answer the command with their `id`. It is run as a script by a clean interpreter and must import nothing of the chat.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import threading
from typing import Any

DATABASE_FLAGS = 0
ANSWERS = ("sent", "found")


class Child:
    """One mesibo user, since the SDK's instance is one for the whole process."""

    def __init__(self, pipe: socket.socket):
        self._pipe = pipe
        self._lock = threading.Lock()  # the SDK calls from threads of its own
        self._reads: list[Any] = []
        self.api: Any = None

    def send_event(self, event: str, **fields: Any) -> None:
        """Send an event to the worker; without a worker this process ends."""
        line = json.dumps({"event": event, **fields}).encode() + b"\n"
        with self._lock:
            try:
                self._pipe.sendall(line)
            except OSError:
                end()

    def run(self) -> None:
        """Carry out commands until the other side is gone."""
        with self._pipe.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                command = json.loads(line)
                try:
                    getattr(self, f"do_{command.pop('do')}")(**command)
                except Exception as error:
                    self.send_event("trouble", reason=f"{type(error).__name__}: {error}"[:200])

    def do_start(self, token: str, app: str, database: str) -> None:
        """Connect as the user of this token."""
        try:
            import mesibo
        except (ImportError, SystemExit) as error:  # SystemExit is how it says that it does not run here
            reason = " ".join(str(error).split()) or type(error).__name__
            self.send_event("unusable", reason=reason[:300])
            end()
        self.listener = listener(mesibo, self)  # the SDK does not keep it alive
        self.api = mesibo.getInstance()
        self.api.addListener(self.listener)
        self.api.setAccessToken(token)
        # Deprecated, but without a name, or with one that has no dot in it, a token that is not accepted ends in a
        # segmentation fault (seen with 2.7.1).
        self.api.setAppName(app)
        self.api.setDatabase(database, DATABASE_FLAGS)
        self.api.start()
        self.send_event("started")

    def do_send(self, id: int, gid: int, address: str, mid: int, text: str, title: str, **more: Any) -> None:
        """Hand a message over under the number `mid`, and answer with the result."""
        message = self.api.newGroupMessage(gid) if gid else self.api.newMessage(address)
        message.mid = mid
        message.message = text
        message.title = title
        if more.get("reply_to"):
            message.setInReplyTo(more["reply_to"])
        if more.get("url"):
            message.setContent(more["url"])
        message.enableDeliveryReceipt(1)
        message.enableReadReceipt(1)
        result = message.send()
        self.send_event("sent", id=id, result=result, mid=message.mid, status=message.getStatus())

    def do_find(self, id: int, gid: int, address: str, count: int) -> None:
        """Read the newest messages of a dialog from the SDK's database, and answer with their count."""
        session = self.api.createReadSession(address, gid, "", self.listener)
        self._reads = [*self._reads[-20:], session]  # for as long as it may still call
        self.send_event("found", id=id, result=session.read(count))

    def do_typing(self, gid: int, address: str) -> None:
        """Tell that somebody is writing."""
        presence = self.api.newGroupPresence(gid) if gid else self.api.newPresence(address)
        presence.sendTyping()

    def do_read(self, gid: int, address: str) -> None:
        """Read what is new in a dialog, so that its senders get their receipts."""
        session = self.api.createReadSession(address, gid, "", self.listener)
        session.enableReadReceipt(1)
        self._reads = [*self._reads[-20:], session]
        session.read(100)


def listener(mesibo: Any, child: Child) -> Any:
    """Sends the worker an event for each call of the SDK; each method answers 0 and raises nothing into native code."""

    class Listener(mesibo.MesiboListener):  # type: ignore[misc]
        def Mesibo_onConnectionStatus(self, status: int) -> int:
            address = None
            with contextlib.suppress(Exception):
                address = child.api.getAddress()
            child.send_event("status", status=status, address=address or "")
            return 0

        def Mesibo_onMessage(self, message: Any) -> int:
            with contextlib.suppress(Exception):
                child.send_event("message", **as_json(message))
            return 0

        def Mesibo_onMessageUpdate(self, message: Any) -> int:
            with contextlib.suppress(Exception):
                child.send_event("update", **as_json(message))
            return 0

        def Mesibo_onMessageStatus(self, message: Any) -> int:
            with contextlib.suppress(Exception):
                child.send_event("mark", mid=message.mid, status=message.getStatus(), peer=message.peer or "")
            return 0

        def Mesibo_onPresence(self, presence: Any) -> int:
            with contextlib.suppress(Exception):
                for what in ("isTyping", "isOnline", "isOffline"):
                    if getattr(presence, what)():
                        gid = presence.groupid or 0
                        child.send_event("presence", peer=presence.peer or "", gid=gid, what=what[2:].lower())
            return 0

        def Mesibo_onEndToEndEncryption(self, address: str, status: int) -> int:
            return 0

    return Listener()


def as_json(message: Any) -> dict[str, Any]:
    """A message's fields as JSON can hold them."""
    text = message.message
    if text is None:
        data = message.data
        text = data.decode(errors="replace") if isinstance(data, bytes) else data
    file = message.file
    return {
        "mid": message.mid,
        "peer": message.peer or "",
        "gid": message.groupid or 0,
        "text": text or "",
        "incoming": bool(message.isIncoming()),
        "kept": bool(message.isDbMessage()),
        "status": message.getStatus(),
        "reply_to": message.getInReplyTo() if message.isReply() else 0,
        "at": message.getTimestamp().ts,
        "url": (file.url if file else None) or "",
        "name": (file.name if file else None) or "",
        "type": (file.mimeType if file else None) or "",
        "size": (file.size if file else None) or 0,
    }


def end(*_: object) -> None:
    """End at once, whatever the SDK's threads are doing, and with it the helper that the SDK forks: the next process
    must not find this one.
    """
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def main() -> None:
    """Serve the worker at the other end of the socket that this process was given."""
    pipe = socket.socket(fileno=int(sys.argv[1]))
    pipe.setblocking(True)  # it was made by gevent, which makes them otherwise
    signal.signal(signal.SIGTERM, end)  # the end of the worker brings it, too
    Child(pipe).run()
    end()


if __name__ == "__main__":
    main()
