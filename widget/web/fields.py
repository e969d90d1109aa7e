"""Reads the fields of a request body; what cannot be used is refused with a sentence that names the field."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from widget import extensions
from widget.chat.errors import Malformed, TooLarge, Unprocessable
from widget.text import clean

_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{16}")
_WHOLE = re.compile(r"\d{1,18}")

Fields = dict[str, Any]


def body() -> Fields:
    """The fields of a JSON object or a form; raises Malformed for broken JSON, 415 for any other kind of body."""
    if request.is_json:
        try:
            found = request.get_json()
        except BadRequest:
            raise Malformed("The body is not valid JSON.") from None
        except RecursionError:
            raise Malformed("The JSON is nested too deeply.") from None
        if not isinstance(found, dict):
            raise Malformed("The body must be a JSON object.")
        return found
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return request.form.to_dict()
    if request.content_length or request.mimetype:
        raise UnsupportedMediaType
    return {}


def text(fields: Fields, name: str, limit: int) -> str | None:
    """What somebody wrote, of at most `limit` characters, without what nobody can see (`clean.text`).

    None when it is not given, or there is nothing to be seen in it.
    """
    return _written(fields.get(name), name, limit, clean.text)


def line(fields: Fields, name: str, limit: int) -> str | None:
    """The same on one line (`clean.line`): how somebody or something is called."""
    return _written(fields.get(name), name, limit, clean.line)


def exact(fields: Fields, name: str, limit: int) -> str | None:
    """A value that means itself to the letter (an id, a password); None when it is not given, or empty."""
    value = fields.get(name)
    return None if value is None or value == "" else verbatim(value, name, limit)


def _written(value: object, name: str, limit: int, cleaned: Callable[[str], str]) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unprocessable(f"{name} must be text.")
    value = cleaned(value)
    if len(value) > limit:
        raise TooLarge(f"{name} has at most {limit:,} characters; this one has {len(value):,}.")
    return value or None


def required_uuid(fields: Fields, name: str) -> str:
    """A UUID (RFC 9562) in lower case."""
    value = fields.get(name)
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise Unprocessable(f"{name} must be a UUID.")
    return value.lower()


def one_of(fields: Fields, name: str, *allowed: str) -> str:
    """One of a few words."""
    value = fields.get(name)
    if value not in allowed:
        raise Unprocessable(f"{name} must be {' or '.join(allowed)}.")
    return str(value)


def verbatim(value: object, name: str, limit: int) -> str:
    """Text that machines wrote for each other, as it came: no longer than `limit` characters, and printable."""
    if not isinstance(value, str):
        raise Unprocessable(f"{name} must be text.")
    if len(value) > limit:
        raise TooLarge(f"{name} has at most {limit:,} characters; this one has {len(value):,}.")
    if not clean.is_printable(value.replace("\r\n", "\n")):
        raise Unprocessable(f"{name} has characters in it that cannot be shown.")
    return value


def object_id(fields: Fields, name: str, what: str) -> str | None:
    """The id of something (`what` says of what); None when it is not given."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Unprocessable(f"{name} must be the id of {what}.")
    return value


def whole_number(value: object, name: str) -> int:
    """A whole number from 0 up, as a number or its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.isascii() or not _WHOLE.fullmatch(value):
        raise Unprocessable(f"{name} must be a whole number.")
    return int(value)


def web_address(fields: Fields, name: str) -> str | None:
    """The http(s) address of a picture; None when it is not given."""
    value = exact(fields, name, 2000)
    if value is not None and not re.match(r"https?://[^\s/]+", value):
        raise Unprocessable(f"{name} must be an address that starts with https://.")
    return value


def base_url() -> str:
    """The address of this server as browsers know it, for links that people pass on."""
    return extensions.settings().public_url or request.url_root.rstrip("/")
