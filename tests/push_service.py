"""A browser's push service, and the browser behind it: it takes what is signed, and reads what it is sent."""

from __future__ import annotations

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from tests import services
from widget.notifications.push_keys import decode, encode


class Browser:
    """What one browser subscribes with, and what has reached it."""

    def __init__(self, service: PushService, name: str):
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = os.urandom(16)
        self.endpoint = f"{service.url}/push/{name}"
        self.told: list[dict[str, Any]] = []
        self.answers: list[int] = []
        """What the service answers to the next ones, instead of taking them."""

    @property
    def subscription(self) -> dict[str, str]:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "p256dh": encode(point), "auth": encode(self._secret)}

    def read(self, sealed: bytes) -> None:
        self.told.append(json.loads(http_ece.decrypt(sealed, private_key=self._key, auth_secret=self._secret)))


class PushService:
    """Refuses what is not signed for it by the key it was subscribed with."""

    def __init__(self) -> None:
        port = services.free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.key = ""
        self.browsers: dict[str, Browser] = {}
        self.headers: list[dict[str, str]] = []
        service = self

        class Endpoint(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = service.take(self.path, dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Endpoint)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def browser(self) -> Browser:
        made = Browser(self, encode(os.urandom(9)))
        self.browsers[made.endpoint] = made
        return made

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        browser = self.browsers.get(self.url + path)
        if browser is None:
            return 404
        if browser.answers:
            return browser.answers.pop(0)
        if not self._signed(headers["Authorization"]) or headers["Content-Encoding"] != "aes128gcm":
            return 401
        self.headers.append(headers)
        browser.read(body)
        return 201

    def _signed(self, authorization: str) -> bool:
        """Whether this is a VAPID header (RFC 8292) for this service and the time being."""
        parts = dict(it.split("=", 1) for it in authorization.removeprefix("vapid ").replace(" ", "").split(","))
        claims = json.loads(decode(parts["t"].split(".")[1]))
        fresh = time.time() < claims["exp"] <= time.time() + 86400
        for_us = (claims["aud"], parts["k"], claims["sub"]) == (self.url, self.key, "mailto:chat@example.com")
        return bool(fresh and for_us and Vapid02.verify(authorization))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
