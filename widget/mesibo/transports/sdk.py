"""By the SDK: the official `mesibo` package in a child process (`sdk_child`), which is started again when it ends."""

from __future__ import annotations

import hashlib
import itertools
import logging
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from widget.mesibo import directory, groups
from widget.mesibo.api import Api
from widget.mesibo.rate_limit import Backoff
from widget.mesibo.transports.base import (
    FINAL,
    LIMIT,
    Dialog,
    InboundEvent,
    MesiboFile,
    MesiboStatus,
    MessageChanged,
    MessageReceived,
    OutboundMessage,
    OutcomeUnknown,
    Pause,
    PresenceReceived,
    ReceiptReceived,
    Refused,
    RetryLater,
)
from widget.mesibo.transports.sdk_codes import (
    DELETED,
    FAILURES,
    INSTALL,
    NOT_SIGNED_IN,
    RATE_LIMITED,
    RECEIPTS,
    STATUS,
    UPDATE,
)
from widget.mesibo.transports.sdk_process import SdkProcess
from widget.models import Conversation, User
from widget.settings import INSTANCE, Settings

APP = "chat.popup"
"""What this app is called where MESIBO_APP_ID does not say; tokens of the second version need none."""

STATUS_SECONDS = 15
"""Seconds after its start within which the SDK reports the connection's status, unless it is too old to connect."""

HISTORY_LENGTH = 50
"""How many messages of a dialog are read from the SDK's database after a restart."""

HISTORY_SECONDS = 1.0
"""Seconds for the messages of a read session to come, which the SDK may call for after it has counted them."""

_log = logging.getLogger(__name__)


class SdkTransport:
    """With an app token each conversation is a mesibo group; without, all messages go to one user."""

    name = "sdk"
    chooses_numbers = True

    def __init__(self, settings: Settings, api: Api | None, pause: Pause):
        self._settings = settings
        self._api = api
        self._pause = pause
        self._backoff = Backoff()
        self._ids = itertools.count(1)
        self._process: SdkProcess | None = None
        self._received: deque[InboundEvent] = deque()
        self._answers: dict[int, dict[str, Any]] = {}
        self._address = ""
        self._status_known = False
        self._start_at = 0.0  # when it is started next, by the monotonic clock
        self.status = MesiboStatus("sdk", "waiting")

    @property
    def ready(self) -> bool:
        """What is handed over before it is online would be thrown away when the token turns out to be wrong."""
        return self.status.state == "online"

    def start(self) -> None:
        """Start the process with the next `listen`."""
        self._start_at = 0.0
        self._backoff.reset()
        self._set_state("connecting")

    def stop(self) -> None:
        """End the process at once: mesibo would log one of two out."""
        self._end()
        self._set_state("waiting")

    def _set_state(self, state: str, reason: str = "") -> None:
        if (state, reason) != (self.status.state, self.status.reason):
            level = logging.WARNING if reason else logging.INFO
            _log.log(level, "the mesibo SDK %s", f"is {state}: {reason}" if reason else f"is {state}")
        self.status = MesiboStatus("sdk", state, reason)

    def _launch(self) -> None:
        self._process = SdkProcess()
        self._status_known = False
        self._set_state("connecting")
        self._process.command(
            do="start",
            token=self._settings.mesibo_access_token,
            app=self._settings.mesibo_app_id or APP,
            database=self._database(),
        )

    def _database(self) -> str:
        """The SDK's own database, one for each user: a restart finds there what was handed over before."""
        folder = INSTANCE / "mesibo"
        folder.mkdir(parents=True, exist_ok=True)
        user = hashlib.sha256(self._settings.mesibo_access_token.encode()).hexdigest()[:16]
        return str(folder / f"{user}.db")

    def _end(self) -> str:
        ending = self._process.end() if self._process else ""
        self._process = None
        return ending

    def _ended(self, output: str) -> None:
        """The process has ended by itself: note how, and when it is started again."""
        ending = self._end()
        if self.status.state in FINAL:
            return
        pause = self._backoff.next()
        self._start_at = time.monotonic() + pause
        output = f" Its last output: {output}" if output else ""
        self._set_state("offline", f"The SDK's process ended {ending}; it is started again in {pause:.0f} s.{output}")

    def _give_up(self, state: str, reason: str) -> None:
        self._set_state(state, reason)
        self._end()

    # ---- lines of the child

    def receive(self, seconds: float) -> Iterable[InboundEvent]:
        """The events that came. Also starts the process, and notices when it reports nothing."""
        if self._process is None:
            if self.status.state in FINAL or time.monotonic() < self._start_at:
                self._pause(seconds)
                return
            self._launch()
        self._read_lines(0 if self._received else seconds)
        while self._received:
            yield self._received[0]
            self._received.popleft()

    def _read_lines(self, seconds: float) -> None:
        """Wait for lines of the process, and work on them."""
        process = self._process
        if process is None:
            return
        for line in process.read_lines(seconds):
            self._handle(line)
        if self._process is None:  # one of the lines ended it
            return
        if process.too_old:
            self._give_up("expired", f"This release of the mesibo SDK has expired. {UPDATE}")
        elif process.ended:
            self._ended(process.last_output)
        elif not self._status_known and time.monotonic() - process.started_at > STATUS_SECONDS:
            self._give_up("expired", f"The SDK says nothing, as it does when its release has expired. {UPDATE}")

    def _handle(self, line: dict[str, Any]) -> None:
        match line["event"]:
            case "status":
                self._connection(line)
            case "unusable":
                self._give_up("refused", f"The mesibo SDK cannot be used here: {line['reason']} ({INSTALL})")
            case "sent" | "found":
                self._answers[line["id"]] = line
            case "message":
                self._received.append(_message(line))
            case "update" if line["incoming"] and line["peer"]:
                text = None if line["status"] in DELETED else line["text"]
                if text is None or text:
                    self._received.append(MessageChanged(line["peer"], line["mid"], text))
            case "mark":
                self._receipt(line)
            case "presence" if line["peer"]:
                self._received.append(PresenceReceived(line["peer"], line["what"], gid=line["gid"]))
            case "trouble":
                _log.warning("the SDK's process reports: %s", line["reason"])

    def _connection(self, line: dict[str, Any]) -> None:
        state, reason = STATUS.get(line["status"], ("connecting", ""))
        self._address = line["address"] or self._address
        self._status_known = True
        if state in FINAL:
            self._give_up(state, reason)
            return
        if state == "online":
            self._backoff.reset()
        self._set_state(state, reason)

    def _receipt(self, line: dict[str, Any]) -> None:
        status = line["status"]
        if status in RECEIPTS:
            self._received.append(ReceiptReceived(line["mid"], RECEIPTS[status]))
        elif status in FAILURES:
            self._received.append(ReceiptReceived(line["mid"], "failed", FAILURES[status]))

    # ---- commands to the child

    def dialog_for(self, conversation: Conversation, writer: User, team: list[str]) -> Dialog:
        """The conversation's group, or the one peer."""
        if self._api is None:
            return Dialog(address=self._settings.destination[0])
        if not self._address:
            raise RetryLater("mesibo has not reported yet which address our own user has")
        try:
            return Dialog(gid=groups.ensure_group(self._api, conversation, {*team, self._address}))
        except OutcomeUnknown as error:  # it is only the group that may be there twice now, not a message
            raise RetryLater(str(error)) from None

    def dialog_of(self, conversation_id: str) -> Dialog | None:
        """Its group; without groups, the one peer."""
        if self._api is None:
            return Dialog(address=self._settings.destination[0])
        group = directory.group_of(conversation_id)
        return Dialog(gid=group.gid) if group else None

    def send(self, dialog: Dialog, message: OutboundMessage) -> int | None:
        """Hand a message to the SDK, which keeps it in its database until mesibo has it."""
        file = {"url": message.file.url} if message.file else {}
        line = self._call(
            "send",
            gid=dialog.gid,
            address=dialog.address,
            mid=message.mid,
            text=message.text,
            title=message.title,
            reply_to=message.reply_to,
            **file,
        )
        if line is None:
            raise OutcomeUnknown("the SDK's process has not answered whether it accepted the message")
        result = line["result"]
        if result == RATE_LIMITED:
            raise RetryLater("mesibo says: too often", 10)
        if result in NOT_SIGNED_IN:
            raise RetryLater("the SDK is not signed in")
        if result:
            raise Refused(FAILURES.get(result, f"mesibo refuses it with code {result}"))
        return int(line["mid"])

    def _call(self, do: str, **arguments: Any) -> dict[str, Any] | None:
        """Give the child a command and wait for its answer; None without one within LIMIT."""
        number = next(self._ids)
        give_up = time.monotonic() + LIMIT
        if self._process is not None:
            self._process.command(do=do, id=number, **arguments)
        while number not in self._answers and self._process is not None and time.monotonic() < give_up:
            self._read_lines(give_up - time.monotonic())
        return self._answers.pop(number, None)

    def history(self, dialog: Dialog) -> list[InboundEvent] | None:
        """What the SDK's database holds of a dialog."""
        before = len(self._received)
        line = self._call("find", gid=dialog.gid, address=dialog.address, count=HISTORY_LENGTH)
        if line is None:
            raise RetryLater("the SDK's process has not answered")
        if line["result"] < 0:
            return None
        give_up = time.monotonic() + HISTORY_SECONDS
        while (
            len(self._received) - before < line["result"] and time.monotonic() < give_up and self._process is not None
        ):
            self._read_lines(give_up - time.monotonic())
        return list(itertools.islice(self._received, before, None))

    def send_typing(self, dialog: Dialog) -> None:
        """Typing."""
        if self._process is not None and self.ready:
            self._process.command(do="typing", gid=dialog.gid, address=dialog.address)

    def send_read(self, dialog: Dialog) -> None:
        """A read session with receipts; without a connection it has been seen to crash the SDK."""
        if self._process is not None and self.ready:
            self._process.command(do="read", gid=dialog.gid, address=dialog.address)


def _message(line: dict[str, Any]) -> MessageReceived:
    # The SDK gives the lower 32 bits of the milliseconds since 1970 (seen with 2.7.1): enough for an age of 49 days.
    today = int(time.time() * 1000)
    file = MesiboFile(line["url"], line["name"], line["type"], line["size"]) if line["url"] else None
    return MessageReceived(
        origin=line["peer"] if line["incoming"] else "",
        mid=line["mid"],
        text=line["text"],
        gid=line["gid"],
        reply_to=line["reply_to"] or None,
        file=file,
        at=today - (today - line["at"]) % 2**32,
        from_history=line["kept"],
    )
