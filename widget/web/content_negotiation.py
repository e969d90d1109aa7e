"""One answer in the form that was asked for: HTML for htmx and browsers, JSON for programs."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Response, jsonify, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from widget.chat.users import tokens


def respond(shape: dict[str, Any], fragment: Callable[[], str], status: int = 200) -> Response:
    """The JSON shape to `Accept: application/json`, else the rendered fragment."""
    is_bot = request.headers.get("Authorization", "").startswith(f"Bearer {tokens.BOT_PREFIX}")
    if _best(request.headers.get("Accept"), is_bot) == "application/json":
        response = jsonify(shape)
    else:
        response = Response(fragment(), mimetype="text/html")
    response.status_code = status
    response.vary.add("Accept")
    return response


@lru_cache(maxsize=256)
def _best(accept: str | None, is_bot: bool) -> str | None:
    """What of both an `Accept` prefers; there are few of them, and reading one takes longer than making the answer."""
    forms = ["text/html", "application/json"]
    if is_bot:
        forms.reverse()  # a bot that does not say what it takes means JSON
    return parse_accept_header(accept, MIMEAccept).best_match(forms, default=forms[0])
