"""What surrounds every response: the content security policy, the other security headers, compression."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask_compress import Compress

from widget import extensions
from widget.web import auth, serializers

REQUEST_LIMIT = 256 * 1024
"""The largest request body, in bytes: a message of 8,000 characters, percent-encoded, fits. Files have their own."""


def nonce() -> str:
    """The one-time word that lets this response carry its own style element."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    word: str = g.nonce
    return word


def policy(embeddable: bool = False, frames: bool = False) -> str:
    """The content security policy; only the popup may be framed, by the origins that are allowed to.

    With `frames`, of a page that has the popup in it.
    """
    ancestors, scripts, connections = "'none'", "'self'", "'self'"
    if embeddable:
        ancestors = " ".join(("'self'", *extensions.settings().allowed_origins))
        if serializers.calls_to_apps():  # by mesibo's own script; which hosts it talks to is not documented
            scripts += " https://cdn.mesibo.com"
            connections += " https://*.mesibo.com wss://*.mesibo.com"
    shown = urlsplit(extensions.settings().display_picture)  # all other pictures come from here
    team_picture = f" {shown.scheme}://{shown.netloc}" if shown.netloc else ""
    return (
        f"default-src 'none'; script-src {scripts}; connect-src {connections}; "
        f"img-src 'self' data: blob:{team_picture}; manifest-src 'self'; "
        f"style-src 'self' 'nonce-{nonce()}'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {ancestors}" + ("; frame-src 'self'" if frames else "")
    )


def register(app: Flask) -> None:
    """Put the headers on every response."""
    app.config["MAX_CONTENT_LENGTH"] = REQUEST_LIMIT
    app.config["COMPRESS_MIMETYPES"] = [
        "text/html",
        "text/css",
        "text/javascript",
        "application/json",
        "image/svg+xml",
    ]
    app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    app.after_request(_secure)
    Compress(app)


def _secure(response: Response) -> Response:
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    if response.mimetype == "text/html":
        headers.setdefault("Content-Security-Policy", policy())
        if request.path.startswith(
            ("/inbox", "/join")
        ):  # not the popup: the page that opens it in a window speaks to it
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if auth.by_https():
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.path.startswith(("/w/", "/inbox")):
        headers.setdefault("Cache-Control", "no-store")
    return response
