"""One answer in the form that was asked for: HTML for htmx and browsers, JSON for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request

from widget.chat.users import tokens


def respond(shape: dict[str, Any], fragment: Callable[[], str], status: int = 200) -> Response:
    """The JSON shape to `Accept: application/json`, else the rendered fragment."""
    forms = ["text/html", "application/json"]
    if request.headers.get("Authorization", "").startswith(f"Bearer {tokens.BOT_PREFIX}"):
        forms.reverse()  # a bot that does not say what it takes means JSON
    best = request.accept_mimetypes.best_match(forms, default=forms[0])
    response = jsonify(shape) if best == "application/json" else Response(fragment(), mimetype="text/html")
    response.status_code = status
    response.vary.add("Accept")
    return response
