"""What we rely on in other people's packages though they do not promise it. A release that changes it fails here first,
in words; the bounds in pyproject.toml keep it from coming by itself."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import flask_sse
import requests
from flask import Flask
from flask_limiter import Limiter

from tests import services
from widget.devserver import embedded_redis
from widget.realtime import sse


def test_flask_sse_is_replaced_by_setting_its_one_blueprint() -> None:
    changed = f"flask-sse {version('flask-sse')} has another public face than widget/realtime/blueprint.py replaces: "
    published = list(inspect.signature(flask_sse.ServerSentEventsBlueprint.publish).parameters)
    assert published == ["self", "data", "type", "id", "retry", "channel"], changed + "publish() takes other arguments"
    assert list(inspect.signature(sse.publish).parameters) == published[1:], changed + "ours differs"
    message = flask_sse.Message("x", type="t", id="1", retry=2)
    assert message.to_dict() == {"data": "x", "type": "t", "id": "1", "retry": 2}, changed + "a Message has other parts"
    assert flask_sse.sse is sse, changed + "`from flask_sse import sse` is not this engine"
    source = inspect.getsource(flask_sse)
    assert re.search(r"^sse = ServerSentEventsBlueprint\(", source, re.MULTILINE), changed + "it has no `sse` any more"


def limited(known_before: bool) -> Flask:
    """An app with one view that may be asked once a minute."""
    app, limiter = Flask("limited"), Limiter(lambda: "somebody", storage_uri="memory://")
    if known_before:
        app.extensions["limiter"] = {limiter}
    limiter.init_app(app)
    app.add_url_rule("/", view_func=limiter.limit("1 per minute")(lambda: "well"))
    return app


def test_flask_limiter_leaves_its_hooks_out_for_an_app_that_knows_it_and_counts_all_the_same() -> None:
    changed = f"flask-limiter {version('flask-limiter')} works otherwise than widget/web/limits.py relies on: "
    app = limited(known_before=True)
    hooks = [app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs]
    assert not any(hooks), changed + "an app that knows it gets hooks around every request after all"
    client = app.test_client()
    assert [client.get("/").status_code for _ in range(2)] == [200, 429], changed + "a view's own limit is not counted"
    usual = limited(known_before=False)
    assert usual.before_request_funcs, changed + "it has no hooks any more, and need not be told that it is known"


def test_gunicorn_takes_stop_iteration_as_the_end_of_its_side_of_a_connection(tmp_path: Path) -> None:
    changed = f"gunicorn {version('gunicorn')} works otherwise than widget/realtime/socket_takeover.py relies on: "
    port, log = services.free_port(), tmp_path / "log.txt"
    command = [sys.executable, "-m", "gunicorn", "-c", "/dev/null", "-k", "gevent", "-b", f"127.0.0.1:{port}"]
    command += ["--worker-connections", "1", "--graceful-timeout", "1", "tests.unit.keeps_socket:app"]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=services.ROOT, stdout=output, stderr=output, preexec_fn=embedded_redis.end_with_parent
        )
    try:
        services.wait_for(lambda: "Booting worker" in log.read_text(), "gunicorn")
        url = f"http://127.0.0.1:{port}"
        with requests.get(f"{url}/kept", stream=True, timeout=10) as kept:
            assert kept.text == "kept", changed + "whoever raises it does not keep the connection"
        assert requests.get(url, timeout=10).status_code == 204, changed + "the request's slot is not free afterwards"
    finally:
        process.terminate()
        process.wait(15)
    assert "Error" not in log.read_text(), changed + "it is an error in the log"
