"""mesibo as far as its documentation goes: a server for the REST API that calls the webhook, in good and bad moods."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

APP_TOKEN = "the-app-token-of-the-tests"
WEBHOOK_SECRET = "the-webhook-secret-of-the-tests"


class FakeRestApi:
    """The stand-in. `moods` are used up one by one by the next requests with `op` message; then it is well again."""

    def __init__(self) -> None:
        self.users: dict[str, str] = {}
        """Addresses with their names."""
        self.groups: dict[int, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []
        """What was accepted, in order."""
        self.moods: deque[str] = deque()
        self.refused_tokens = 0
        self.addresses_of_callers: set[str] = set()
        self.echoes: str | None = None
        """The address of the webhook, when it is to be called for each message that is sent."""
        self._mids = itertools.count(7001)
        self._gids = itertools.count(501)
        self._events = itertools.count(1)
        self._lock = threading.Lock()
        stand_in = self

        class Backend(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = stand_in.answer(body)
                if answer is None:  # it never answers, and ends the connection at last
                    self.close_connection = True
                    return
                status, payload = answer
                data = json.dumps(payload).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                if status == 429:
                    self.send_header("Retry-After", "1")
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Backend)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/backend"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    # ---- the API

    def answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        op = body.get("op")
        if body.get("token") != APP_TOKEN:
            self.refused_tokens += 1
            return 200, {"op": op, "result": False, "error": "BADTOKEN"}
        mood = self.moods.popleft() if op == "message" and self.moods else ""
        match mood:
            case "500":
                return 500, {}
            case "503 after taking it":
                self._carry_out(op, body)
                return 503, {}
            case "429":
                return 429, {}
            case "often":
                return 200, {"op": op, "result": False, "error": "0x8C"}
            case "bad":
                return 200, {"op": op, "result": False, "error": "BADOP"}
            case "slow":
                time.sleep(2)  # this is how slow it is, not a wait for anything
            case "silent":
                return None
            case "silent after taking it":
                self._carry_out(op, body)
                return None
            case "not json":
                return 200, ["what?"]  # type: ignore[return-value]
        return 200, self._carry_out(op, body)

    def _carry_out(self, op: object, body: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            match op:
                case "useradd":
                    user = body["user"]
                    self.users[user["address"]] = user["name"]
                    token = f"token-of-{user['address']}-{next(self._mids)}"
                    return {"op": op, "result": True, "user": {"uid": len(self.users), "token": token}}
                case "groupadd":
                    gid = next(self._gids)
                    self.groups[gid] = {"name": body["group"]["name"], "members": set()}
                    return {"op": op, "result": True, "group": {"gid": gid}}
                case "groupeditmembers":
                    group, named = self.groups[body["group"]["gid"]], set(body["group"]["m"].split(","))
                    change = group["members"].difference_update if body["group"]["delete"] else group["members"].update
                    change(named)
                    return {"op": op, "result": True}
                case "message":
                    message = body["message"]
                    if message["from"] not in self.users:
                        return {"op": op, "result": False, "error": "NOUSER"}
                    mid = next(self._mids)
                    self.messages.append(message | {"mid": mid})
                    if self.echoes:
                        threading.Thread(
                            target=self.call_webhook, args=(self.echoes, self.event(**self.messages[-1]))
                        ).start()
                    return {"op": op, "mid": mid, "result": True}
        return {"op": op, "result": False, "error": "BADOP"}

    # ---- the webhook

    def event(self, **fields: Any) -> dict[str, Any]:
        """A message as its event may look; the fields are not documented."""
        return {"type": "message", "message": {"mid": next(self._mids), **fields}}

    def request(self, *events: dict[str, Any], secret: str = WEBHOOK_SECRET) -> dict[str, Any]:
        number, now = next(self._events), int(time.time() * 1000)
        head = {"server": "mesibo", "id": number, "v": 1, "aid": 1, "ts": now, "secret": secret}
        return head | {"events": list(events)}

    def call_webhook(self, chat: str, *events: dict[str, Any]) -> requests.Response:
        """Call the webhook."""
        return requests.post(f"{chat}/hooks/mesibo", json=self.request(*events), timeout=10)

    def texts(self) -> list[str]:
        return [message["message"] for message in list(self.messages)]
