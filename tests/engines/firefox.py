"""Debian's Firefox, driven over WebDriver BiDi: it speaks that itself, and needs no driver beside it."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from websocket import WebSocket, create_connection

from tests import services
from widget.devserver import embedded_redis

PROGRAM = "/usr/bin/firefox-esr"
START_WITHIN = 60
ANSWER_WITHIN = 60
PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "intl.accept_languages": "en-US",
}


class Firefox:
    """A browser with a fresh profile."""

    def __init__(self) -> None:
        self._profile = Path(tempfile.mkdtemp(prefix="chat-firefox-"))
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
        (self._profile / "user.js").write_text("".join(lines))
        port = services.free_port()
        self._log = self._profile / "log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [
                    PROGRAM,
                    "--headless",
                    "--no-remote",
                    "--profile",
                    self._profile,
                    "--remote-debugging-port",
                    str(port),
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=embedded_redis.end_with_parent,
            )
        services.wait_for(lambda: "WebDriver BiDi listening" in self._log.read_text(), "Firefox", within=START_WITHIN)
        self._socket: WebSocket = create_connection(
            f"ws://127.0.0.1:{port}/session", timeout=ANSWER_WITHIN, suppress_origin=True
        )
        self._ids = itertools.count(1)
        self.command("session.new", capabilities={})

    def command(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol; returns its result."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, url: str) -> FirefoxPage:
        context = self.command("browsingContext.create", type="tab")["context"]
        self.command("browsingContext.navigate", context=context, url=url, wait="complete")
        return FirefoxPage(self, context)

    def set_cookie(self, url: str, name: str, value: str) -> None:
        host = url.split("//")[1].split(":")[0]
        cookie = {"name": name, "value": {"type": "string", "value": value}, "domain": host}
        self.command("storage.setCookie", cookie=cookie)

    def stop(self) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(30)
        shutil.rmtree(self._profile, ignore_errors=True)


class FirefoxPage:
    """A tab, and the popup's frame in it."""

    def __init__(self, browser: Firefox, context: str):
        self._browser = browser
        self._context = context

    def _target(self, framed: bool) -> str:
        if not framed:
            return self._context
        [tree] = self._browser.command("browsingContext.getTree", root=self._context)["contexts"]
        frames = [it["context"] for it in tree["children"] if "/popup" in it["url"]]
        assert frames, "there is no popup"
        return str(frames[0])

    def _call(self, function: str, framed: bool) -> dict[str, Any]:
        answer = self._browser.command(
            "script.callFunction",
            functionDeclaration=function,
            target={"context": self._target(framed)},
            awaitPromise=True,
            userActivation=True,
        )
        assert answer["type"] == "success", answer
        result: dict[str, Any] = answer["result"]
        return result

    def run(self, function: str, *arguments: Any, framed: bool = False) -> Any:
        """Call a function of JavaScript, in the popup's frame or in the page around."""
        given = ", ".join(json.dumps(it) for it in arguments)
        answer = self._call(f"async () => JSON.stringify((await ({function})({given})) ?? null)", framed)
        return json.loads(answer["value"])

    def type(self, selector: str, text: str, framed: bool = False) -> None:
        """Press the keys for a text in a field; a line's end is Enter."""
        keys = [key.replace("\n", "\ue007") for key in text]
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keys", "actions": actions}
        self._browser.command("browsingContext.activate", context=self._context)
        self.run("(selector) => document.querySelector(selector).focus()", selector, framed=framed)
        self._browser.command("input.performActions", context=self._target(framed), actions=[source])

    def attach(self, path: Path, framed: bool = False) -> None:
        """Choose a file."""
        element = self._call("() => document.getElementById('file-input')", framed)
        self._browser.command(
            "input.setFiles",
            context=self._target(framed),
            element={"sharedId": element["sharedId"]},
            files=[str(path)],
        )

    def close(self) -> None:
        self._browser.command("browsingContext.close", context=self._context)
