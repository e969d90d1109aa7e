"""The audit of dependencies asks for all of them, fails on a vulnerability, and says when it could ask nobody."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests import audit, services


@contextmanager
def osv(asked: list[str]) -> Iterator[str]:
    """The address of one that knows of a vulnerability in htmx, and notes what it is asked for."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            names = [it["package"]["name"] for it in body["queries"]]
            asked.extend(names)
            self.send_response(200)
            self.end_headers()
            results = [{"vulns": [{"id": "GHSA-1"}]} if it == "htmx.org" else {} for it in names]
            self.wfile.write(json.dumps({"results": results}).encode())

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.handle_request, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.server_close()


def test_the_audit_fails_on_a_vulnerability_and_says_plainly_when_it_could_ask_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    with osv(asked) as address:
        monkeypatch.setattr(audit, "ADDRESS", address)
        assert audit.main() == 1
    assert {"flask", "gunicorn", "redis", "htmx.org"} <= set(asked)
    assert capsys.readouterr().out.startswith("htmx.org 4.")
    monkeypatch.setattr(audit, "ADDRESS", f"http://127.0.0.1:{services.free_port()}")
    assert audit.main() == 0
    assert "Dependencies were NOT audited" in capsys.readouterr().out
