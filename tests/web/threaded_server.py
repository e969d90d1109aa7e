"""Serves the app with Werkzeug's plain threaded server: `python -m tests.web.threaded_server PORT`."""

from __future__ import annotations

import sys

from werkzeug.serving import run_simple

from app import app
from widget.devserver.embedded_redis import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=True)
