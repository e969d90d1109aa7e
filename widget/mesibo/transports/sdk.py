"""The SDK link: the official `mesibo` package in a child process (`sdk_child`), which is started again when it dies."""

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
from widget.mesibo.transports.sdk_process import SdkProcess
from widget.models import Conversation, User
from widget.settings import INSTANCE, Settings

APP = "chat.popup"
"""What this app is called where MESIBO_APP_ID does not say; tokens of the second version need none."""

SILENCE = 15
"""Seconds after its start within which the SDK says how the connection is, unless it is too old to connect."""

REMEMBERED = 50
"""How many messages of a dialog are looked up in the SDK's database after a restart."""

READING = 1.0
"""Seconds for the messages of a read session to come, which the SDK may call for after it has counted them."""

INSTALL = "pip install '.[mesibo]'"
UPDATE = "Bring it up to date (pip install -U mesibo) and restart."
STATUS = {  # the vendor's header
    1: ("online", ""),
    2: ("offline", "mesibo has ended the connection."),
    3: ("offline", "Signed out: somebody else has signed in as this mesibo user."),
    4: ("refused", "The access token is not accepted. Make a new one for this user and set MESIBO_ACCESS_TOKEN."),
    5: ("offline", "The SDK has stopped."),
    6: ("connecting", ""),
    7: ("offline", "mesibo cannot be reached."),
    8: ("offline", "There is no network."),
    9: ("offline", "The mesibo server reports an error."),
    10: ("refused", "mesibo has suspended this account. Its console says why."),
    21: ("expired", f"mesibo does not accept this release of its SDK any more. {UPDATE}"),
    22: ("offline", "mesibo is shutting down."),
}
MARKS = {2: "delivered", 3: "read"}
FAILURES = {
    0x80: "mesibo could not send it",
    0x82: "the recipient's inbox is full",
    0x83: "there is no such mesibo user or group",
    0x84: "it expired before it was delivered",
    0x88: "the recipient has blocked the sender",
    0x90: "the mesibo group is paused",
    0x91: "the link's user is not a member of the mesibo group",
}
RATE_LIMITED, NOT_SIGNED_IN = 0x8C, (133, 141)
DELETED = (0x21, 0x22)

_log = logging.getLogger(__name__)


class SdkTransport:
    """With an app token each conversation is a mesibo group; without, all is said to one user."""

    name = "sdk"
    numbers = True

    def __init__(self, settings: Settings, api: Api | None, pause: Pause):
        self._settings = settings
        self._api = api
        self._pause = pause
        self._backoff = Backoff()
        self._ids = itertools.count(1)
        self._process: SdkProcess | None = None
        self._arrived: deque[InboundEvent] = deque()
        self._answers: dict[int, dict[str, Any]] = {}
        self._address = ""
        self._spoken = False  # whether it has said how the connection is
        self._due = 0.0  # when it is started next, by the monotonic clock
        self.state = MesiboStatus("sdk", "waiting")

    @property
    def ready(self) -> bool:
        """What is handed over before it is online would be thrown away when the token turns out to be wrong."""
        return self.state.state == "online"

    def start(self) -> None:
        """Start the process with the next `listen`."""
        self._due = 0.0
        self._backoff.reset()
        self._become("connecting")

    def stop(self) -> None:
        """End the process at once: mesibo would log one of two out."""
        self._end()
        self._become("waiting")

    def _become(self, state: str, reason: str = "") -> None:
        if (state, reason) != (self.state.state, self.state.reason):
            level = logging.WARNING if reason else logging.INFO
            _log.log(level, "the SDK link %s", f"is {state}: {reason}" if reason else f"is {state}")
        self.state = MesiboStatus("sdk", state, reason)

    def _launch(self) -> None:
        self._process = SdkProcess()
        self._spoken = False
        self._become("connecting")
        self._process.tell(
            do="start",
            token=self._settings.mesibo_access_token,
            app=self._settings.mesibo_app_id or APP,
            database=self._database(),
        )

    def _database(self) -> str:
        """The SDK's own memory, one for each user: a restart finds there what was handed over before."""
        folder = INSTANCE / "mesibo"
        folder.mkdir(parents=True, exist_ok=True)
        user = hashlib.sha256(self._settings.mesibo_access_token.encode()).hexdigest()[:16]
        return str(folder / f"{user}.db")

    def _end(self) -> str:
        how = self._process.end() if self._process else ""
        self._process = None
        return how

    def _died(self, words: str) -> None:
        """The process has ended by itself: say how, and when it is started again."""
        how = self._end()
        if self.state.state in FINAL:
            return
        pause = self._backoff.next()
        self._due = time.monotonic() + pause
        words = f" Its last words: {words}" if words else ""
        self._become("offline", f"The SDK's process ended {how}; it is started again in {pause:.0f} s.{words}")

    def _give_up(self, state: str, reason: str) -> None:
        self._become(state, reason)
        self._end()

    # ---- what it says

    def listen(self, seconds: float) -> Iterable[InboundEvent]:
        """What has come. Also the time to start the process, and to notice what it does not say."""
        if self._process is None:
            if self.state.state in FINAL or time.monotonic() < self._due:
                self._pause(seconds)
                return
            self._launch()
        self._hear(0 if self._arrived else seconds)
        while self._arrived:
            yield self._arrived[0]
            self._arrived.popleft()

    def _hear(self, seconds: float) -> None:
        """Wait for words of the process, and take them."""
        process = self._process
        if process is None:
            return
        for said in process.hear(seconds):
            self._take(said)
        if self._process is None:  # what it said was its last
            return
        if process.too_old:
            self._give_up("expired", f"This release of the mesibo SDK has expired. {UPDATE}")
        elif process.gone:
            self._died(process.words)
        elif not self._spoken and time.monotonic() - process.since > SILENCE:
            self._give_up("expired", f"The SDK says nothing, as it does when its release has expired. {UPDATE}")

    def _take(self, said: dict[str, Any]) -> None:
        match said["event"]:
            case "status":
                self._connection(said)
            case "unusable":
                self._give_up("refused", f"The mesibo SDK cannot be used here: {said['reason']} ({INSTALL})")
            case "sent" | "found":
                self._answers[said["id"]] = said
            case "message":
                self._arrived.append(_written(said))
            case "update" if said["incoming"] and said["peer"]:
                text = None if said["status"] in DELETED else said["text"]
                if text is None or text:
                    self._arrived.append(MessageChanged(said["peer"], said["mid"], text))
            case "mark":
                self._mark(said)
            case "presence" if said["peer"]:
                self._arrived.append(PresenceReceived(said["peer"], said["what"], gid=said["gid"]))
            case "trouble":
                _log.warning("the SDK's process reports: %s", said["reason"])

    def _connection(self, said: dict[str, Any]) -> None:
        state, reason = STATUS.get(said["status"], ("connecting", ""))
        self._address = said["address"] or self._address
        self._spoken = True
        if state in FINAL:
            self._give_up(state, reason)
            return
        if state == "online":
            self._backoff.reset()
        self._become(state, reason)

    def _mark(self, said: dict[str, Any]) -> None:
        status = said["status"]
        if status in MARKS:
            self._arrived.append(ReceiptReceived(said["mid"], MARKS[status]))
        elif status in FAILURES:
            self._arrived.append(ReceiptReceived(said["mid"], "failed", FAILURES[status]))

    # ---- what it is told

    def open(self, conversation: Conversation, writer: User, team: list[str]) -> Dialog:
        """The conversation's group, or the one peer."""
        if self._api is None:
            return Dialog(address=self._settings.destination[0])
        if not self._address:
            raise RetryLater("mesibo has not said yet which address the link's own user has")
        try:
            return Dialog(gid=groups.group(self._api, conversation, {*team, self._address}))
        except OutcomeUnknown as error:  # it is only the group that may be there twice now, not a message
            raise RetryLater(str(error)) from None

    def known(self, conversation_id: str) -> Dialog | None:
        """Its group; without groups, the one peer."""
        if self._api is None:
            return Dialog(address=self._settings.destination[0])
        group = directory.group_of(conversation_id)
        return Dialog(gid=group.gid) if group else None

    def send(self, dialog: Dialog, message: OutboundMessage) -> int | None:
        """Hand a message to the SDK, which keeps it in its database until mesibo has it."""
        file = {"url": message.file.url} if message.file else {}
        said = self._ask(
            "send",
            gid=dialog.gid,
            address=dialog.address,
            mid=message.mid,
            text=message.text,
            title=message.title,
            reply_to=message.reply_to,
            **file,
        )
        if said is None:
            raise OutcomeUnknown("the SDK's process has not said whether it took the message")
        result = said["result"]
        if result == RATE_LIMITED:
            raise RetryLater("mesibo says: too often", 10)
        if result in NOT_SIGNED_IN:
            raise RetryLater("the SDK is not signed in")
        if result:
            raise Refused(FAILURES.get(result, f"mesibo refuses it with code {result}"))
        return int(said["mid"])

    def _ask(self, do: str, **asked: Any) -> dict[str, Any] | None:
        """Ask the child for something and wait for its answer; None when it has none within LIMIT."""
        number = next(self._ids)
        give_up = time.monotonic() + LIMIT
        if self._process is not None:
            self._process.tell(do=do, id=number, **asked)
        while number not in self._answers and self._process is not None and time.monotonic() < give_up:
            self._hear(give_up - time.monotonic())
        return self._answers.pop(number, None)

    def find(self, dialog: Dialog) -> list[InboundEvent] | None:
        """What the SDK's database holds of a dialog."""
        before = len(self._arrived)
        said = self._ask("find", gid=dialog.gid, address=dialog.address, count=REMEMBERED)
        if said is None:
            raise RetryLater("the SDK's process has not answered")
        if said["result"] < 0:
            return None
        give_up = time.monotonic() + READING
        while len(self._arrived) - before < said["result"] and time.monotonic() < give_up and self._process is not None:
            self._hear(give_up - time.monotonic())
        return list(itertools.islice(self._arrived, before, None))

    def write(self, dialog: Dialog) -> None:
        """Typing."""
        if self._process is not None and self.ready:
            self._process.tell(do="typing", gid=dialog.gid, address=dialog.address)

    def read(self, dialog: Dialog) -> None:
        """A read session with receipts; without a connection it has been seen to crash the SDK."""
        if self._process is not None and self.ready:
            self._process.tell(do="read", gid=dialog.gid, address=dialog.address)


def _written(said: dict[str, Any]) -> MessageReceived:
    # The SDK gives the lower 32 bits of the milliseconds since 1970 (seen with 2.7.1): enough for an age of 49 days.
    today = int(time.time() * 1000)
    file = MesiboFile(said["url"], said["name"], said["type"], said["size"]) if said["url"] else None
    return MessageReceived(
        origin=said["peer"] if said["incoming"] else "",
        mid=said["mid"],
        text=said["text"],
        gid=said["gid"],
        reply_to=said["reply_to"] or None,
        file=file,
        at=today - (today - said["at"]) % 2**32,
        kept=said["kept"],
    )
