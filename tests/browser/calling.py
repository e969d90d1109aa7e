"""What people do in a call, what can be measured of it, and the TURN server that it may take."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import tempfile
from typing import Any

from playwright.sync_api import Frame, Locator, expect

from tests import services
from tests.browser.people import ChatPage, Tab, Visitor
from widget.devserver import embedded_redis

# Every connection that a page makes, to be asked later what went through it; forced over a relay where FORCED says so.
PEERS = """{
  globalThis.peers = [];
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(options) {
      super({ ...options, ...globalThis.forced });
      peers.push(this);
    }
  };
}"""
FORCED = "globalThis.forced = { iceTransportPolicy: 'relay' }"

FLOW = """async () => {
  const found = { frames: 0, energy: 0, relayed: 0 };
  const stats = await globalThis.peers?.at(-1)?.getStats();
  for (const it of stats?.values() ?? []) {
    if (it.type === "inbound-rtp") found.frames += it.framesDecoded ?? 0, found.energy += it.totalAudioEnergy ?? 0;
    if (it.type !== "candidate-pair" || !it.nominated) continue;
    found.relayed += stats.get(it.localCandidateId)?.candidateType === "relay";
  }
  return found;
}"""


def visitor_tab(visitor: Visitor) -> Tab:
    """A visitor's page with the popup open, in a conversation that has begun."""
    visitor.context.add_init_script(PEERS)
    tab = visitor.tab().open()
    tab.send("hello")
    tab.shows("hello")
    return tab


def frame_of(chat_page: ChatPage) -> Frame:
    """The chat's own document."""
    return (
        next(it for it in chat_page.page.frames if "/popup" in it.url)
        if isinstance(chat_page, Tab)
        else chat_page.page.main_frame
    )


def panel(chat_page: ChatPage) -> Locator:
    return chat_page.document.get_by_test_id("call-panel")


def elsewhere(chat_page: ChatPage) -> Locator:
    return chat_page.document.get_by_test_id("call-elsewhere")


def press(chat_page: ChatPage, testid: str) -> None:
    place = chat_page.about() if testid == "call-video" and isinstance(chat_page, Tab) else chat_page.document
    place.get_by_test_id(testid).click()


def rings(chat_page: ChatPage) -> None:
    expect(chat_page.document.get_by_test_id("answer")).to_be_visible()


def is_silent(chat_page: ChatPage) -> None:
    """Neither rings nor talks."""
    expect(panel(chat_page)).to_have_count(0)


def expect_status(chat_page: ChatPage, text: str, within: float = 5) -> None:
    expect(chat_page.document.locator(".call-status")).to_have_text(text, timeout=within * 1000)


def line(chat_page: ChatPage) -> Locator:
    """The last line that tells of a call."""
    return chat_page.document.locator("[data-testid=message][data-kind=call] .body > span").last


def talk(*chat_pages: ChatPage) -> None:
    """They are connected."""
    for chat_page in chat_pages:
        expect(panel(chat_page)).to_have_attribute("data-state", "connected", timeout=20_000)


def flow(chat_page: ChatPage) -> dict[str, Any]:
    """What has come in so far on this tab's newest connection: pictures decoded, sound energy, whether by a relay."""
    found: dict[str, Any] = frame_of(chat_page).evaluate(FLOW)
    return found


def expect_audio(*chat_pages: ChatPage) -> None:
    """Sound with something in it goes on coming in."""
    for chat_page in chat_pages:
        before = flow(chat_page)["energy"]
        services.wait_for(lambda: flow(chat_page)["energy"] > before, "sound")  # noqa: B023


def see(*chat_pages: ChatPage) -> None:
    """Pictures go on coming in, and are shown."""
    for chat_page in chat_pages:
        chat_page.bring_to_front()
        expect(chat_page.document.get_by_test_id("remote-video")).to_be_visible()
        expect(panel(chat_page)).to_have_attribute("data-remote-video", "")
        before = flow(chat_page)["frames"]
        services.wait_for(lambda: flow(chat_page)["frames"] > before + 2, "pictures")  # noqa: B023


def call(caller: ChatPage, callee: ChatPage, media: str = "voice") -> None:
    """Call, have it answered, and wait until both hear each other."""
    press(caller, f"call-{media}")
    press(callee, "answer")
    talk(caller, callee)


class TurnServer:
    """Debian's coturn, on loopback, with a secret that it shares with the chat."""

    secret = "a secret among servers"

    def __init__(self) -> None:
        self.port = services.free_port()
        self.url = f"turn:127.0.0.1:{self.port}"
        folder = tempfile.mkdtemp(prefix="chat-turn-")
        own = {"listening-ip": "127.0.0.1", "relay-ip": "127.0.0.1", "listening-port": self.port, "realm": "chat"}
        files = {"log-file": f"{folder}/log", "pidfile": f"{folder}/pid", "userdb": f"{folder}/db"}
        ways = ["no-cli", "no-tls", "no-dtls", "allow-loopback-peers", "use-auth-secret", "simple-log", "lt-cred-mech"]
        self.process = subprocess.Popen(
            ["turnserver", "-n", f"--static-auth-secret={self.secret}"]
            + [f"--{name}={value}" for name, value in (own | files).items()]
            + [f"--{name}" for name in ways],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=embedded_redis.end_with_parent,
        )
        services.wait_for(self._answers, "coturn")

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def seconds(text: str) -> int:
    """How long a line says that a call was."""
    found = re.search(r"(\d+):(\d\d)", text)
    assert found, text
    return int(found[1]) * 60 + int(found[2])
