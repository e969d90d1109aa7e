"""The app for development: an open page loads itself anew once the server has started with changed files.

`make dev` serves it. Nothing of this is in the app that is deployed.
"""

from __future__ import annotations

import os

from flask import Flask, Response

from widget import create_app
from widget.settings import ROOT

FOLDERS = ("widget", "templates", "static")
ENDINGS = (".py", ".html", ".css", ".js", ".svg", ".po")

SCRIPT = """\
// Loads the page anew once another server answers.
let first;
setInterval(async () => {
  const found = await fetch("/dev/server").then((answer) => answer.ok && answer.text(), () => undefined);
  first ??= found;
  if (found && found !== first) location.reload();
}, 1000);
"""


def newest() -> float:
    """When a file that the server or a page is made of was changed last, in seconds since 1970."""
    times = [0.0]
    for folder in FOLDERS:
        for path, _, names in os.walk(ROOT / folder):
            for name in names:
                if name.endswith(ENDINGS):
                    try:
                        times.append(os.stat(os.path.join(path, name)).st_mtime)
                    except FileNotFoundError:  # an editor replaces it at this moment
                        continue
    return max(times)


def create() -> Flask:
    """The chat, with a script in each of its pages that asks every second which server answers."""
    app = create_app()
    app.add_url_rule("/dev/server", view_func=server)
    app.add_url_rule("/dev/reload.js", view_func=script)
    app.after_request(_add_script)
    return app


def server() -> Response:
    """Which gunicorn this is: its workers have one parent."""
    return Response(str(os.getppid()), mimetype="text/plain", headers={"Cache-Control": "no-store"})


def script() -> Response:
    """The script that loads a page anew."""
    return Response(SCRIPT, mimetype="text/javascript")


def _add_script(response: Response) -> Response:
    if response.mimetype == "text/html" and not response.is_streamed:
        page = response.get_data(as_text=True)
        if page.lstrip().lower().startswith("<!doctype"):  # a whole page, and no fragment
            response.set_data(page + '<script src="/dev/reload.js"></script>')
    return response
