"""Turns every refusal into a status and one human sentence, in HTML and in JSON."""

from __future__ import annotations

import logging
import re
import sqlite3
from typing import TYPE_CHECKING

import psycopg
from flask import Flask, Response, render_template, request
from redis import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from widget.chat import errors as chat_errors
from widget.i18n import _, lazy
from widget.realtime.hub import StreamsUnavailable
from widget.storage import Missing, Unreachable
from widget.web.content_negotiation import respond

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

STATUS: dict[type[chat_errors.Refusal], int] = {
    chat_errors.Malformed: 400,
    chat_errors.Unauthorized: 401,
    chat_errors.Forbidden: 403,
    chat_errors.NotFound: 404,
    chat_errors.Conflict: 409,
    chat_errors.Expired: 410,
    chat_errors.TooLarge: 413,
    chat_errors.Unprocessable: 422,
    chat_errors.Throttled: 429,
    chat_errors.Unavailable: 503,
}

REASONS = {
    400: lazy("The request could not be read."),
    404: lazy("There is nothing at this address."),
    405: lazy("This address does not take this kind of request."),
    416: lazy("The file does not have this part."),
    413: lazy("The request is too large."),
    415: lazy("The body must be a form or JSON."),
    429: lazy("That was too often in a short time; please wait a moment."),
}

_log = logging.getLogger(__name__)


class IdConverter(BaseConverter):
    """An id in a path: 16 hexadecimal digits; anything else is no address of ours."""

    regex = "[0-9a-f]{16}"


class MemberConverter(BaseConverter):
    """A member in a path: the id of a user, or the team, or oneself."""

    regex = "[0-9a-f]{16}|team|me"


def register(app: Flask) -> None:
    """Handle refusals, what Werkzeug and the limiter raise, parts that do not answer, and bugs."""
    app.register_error_handler(chat_errors.Refusal, _refusal)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(StreamsUnavailable, _stream)
    databases: tuple[type[Exception], ...] = (SQLAlchemyError, psycopg.Error, sqlite3.Error)  # the drivers' own as well
    for error in databases:
        app.register_error_handler(error, _database)
    app.register_error_handler(RedisError, _redis)
    app.register_error_handler(Unreachable, _storage)
    app.register_error_handler(OSError, _storage)  # a full disk, or one that is read-only
    app.register_error_handler(Missing, _gone)
    app.register_error_handler(Exception, _bug)


def answer(app: Flask, environ: WSGIEnvironment, error: Exception) -> Response:
    """What the app would say to a request that ends before it sees it."""
    with app.request_context(environ):
        return app.process_response(app.make_response(app.handle_user_exception(error)))


def _say(status: int, name: str, reason: str) -> Response:
    template = "pages/refusal.html" if _is_page() else "fragments/refusal.html"
    return respond(
        {"error": name, "reason": reason},
        lambda: render_template(template, name=name, reason=reason, of_team=request.path.startswith("/inbox")),
        status,
    )


def _is_page() -> bool:
    """Whether the answer is a whole page for somebody who looks at it, and not a part of one, or for a program."""
    if "HX-Request" in request.headers or request.path.startswith(("/w/", "/hooks/", "/static/", "/files/")):
        return False
    return request.headers.get("Sec-Fetch-Dest", "document") in ("document", "iframe")


def _name(error: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", error.__name__).lower()


def _refusal(refusal: chat_errors.Refusal) -> Response:
    response = _say(STATUS[type(refusal)], _name(type(refusal)), refusal.reason)
    if isinstance(refusal, chat_errors.Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(refusal, (chat_errors.Throttled, chat_errors.Unavailable)):
        response.headers["Retry-After"] = "10" if isinstance(refusal, chat_errors.Throttled) else "1"
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # a redirect of the router's
        return error.get_response()  # type: ignore[return-value]
    reason = getattr(error, "reason", None) or REASONS.get(status) or error.description
    response = _say(status, _name(type(error)), str(reason))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "Content-Range", "Accept-Encoding", "Tus-Version"):
            response.headers[name] = value
    if status == 429:
        response.headers.setdefault("Retry-After", "10")
    return response


def _unavailable(reason: str) -> Response:
    response = _say(503, "unavailable", reason)
    response.headers["Retry-After"] = "1"
    return response


def _stream(error: StreamsUnavailable) -> Response:
    return _unavailable(_("The stream is not available at the moment; please try again."))


def _database(error: Exception) -> Response:
    # The traceback tells a statement that is wrong from a database that is not there; the answer is the same.
    _log.error("the database cannot be used: %s", getattr(error, "orig", None) or error, exc_info=_surprising(error))
    return _unavailable(_("The database is not available at the moment; please try again."))


def _surprising(error: Exception) -> Exception | None:
    """The error, unless it is one of a database or a pool that is busy, away or coming back."""
    return None if isinstance(error, (OperationalError, InterfaceError, PoolTimeout)) else error


def _redis(error: RedisError) -> Response:
    _log.error("Redis cannot be used: %s", error)
    return _unavailable(
        _("The connection between the parts of this server is not available at the moment; please try again.")
    )


def _storage(error: Exception) -> Response:
    _log.error("the storage cannot be used: %s", error, exc_info=None if isinstance(error, Unreachable) else error)
    return _unavailable(_("The place where files are kept is not available at the moment; please try again."))


def _gone(error: Missing) -> Response:
    return _say(404, "not-found", _("This file is gone."))


def _bug(error: Exception) -> Response:
    _log.exception("a request failed", exc_info=error)
    return _say(500, "internal", _("Something went wrong on our side; it has been logged."))
