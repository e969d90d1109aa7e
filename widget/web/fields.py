"""Reads the fields of a request body; what cannot be used is refused with a sentence that names the field."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from widget.chat.errors import Malformed, TooLarge, Unprocessable
from widget.chat.messages import content as message_content
from widget.chat.messages.content import Content
from widget.i18n import _, listing, mark, number
from widget.text import clean, mail_addresses

_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ID = re.compile(r"[0-9a-f]{16}")
_WHOLE = re.compile(r"\d{1,18}")

_MUST_BE_AN_ID = mark("%(name)s must be an id of 16 hexadecimal digits.")
_MUST_BE_THE_ID = {
    "a conversation": mark("%(name)s must be the id of a conversation."),
    "a message": mark("%(name)s must be the id of a message."),
    "a user": mark("%(name)s must be the id of a user."),
    "an upload": mark("%(name)s must be the id of an upload."),
}

Fields = dict[str, Any]


def body() -> Fields:
    """The fields of a JSON object or a form; raises Malformed for broken JSON, 415 for any other kind of body."""
    if request.is_json:
        try:
            values = request.get_json()
        except BadRequest:
            raise Malformed(_("The body is not valid JSON.")) from None
        except RecursionError:
            raise Malformed(_("The JSON is nested too deeply.")) from None
        if not isinstance(values, dict):
            raise Malformed(_("The body must be a JSON object."))
        return values
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
        raise Unprocessable(_("%(name)s must be text.", name=name))
    value = cleaned(value)
    if len(value) > limit:
        raise _too_long(name, limit, len(value))
    return value or None


def _too_long(name: str, limit: int, length: int) -> TooLarge:
    most, given = number(limit), number(length)
    return TooLarge(
        _("%(name)s has at most %(most)s characters; this one has %(found)s.", name=name, most=most, found=given)
    )


def required_uuid(fields: Fields, name: str) -> str:
    """A UUID (RFC 9562) in lower case."""
    value = fields.get(name)
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise Unprocessable(_("%(name)s must be a UUID.", name=name))
    return value.lower()


def one_of(fields: Fields, name: str, *allowed: str) -> str:
    """One of a few words."""
    value = fields.get(name)
    if value not in allowed:
        raise Unprocessable(_("%(name)s must be %(choices)s.", name=name, choices=listing(allowed, "or")))
    return str(value)


def switch(fields: Fields, name: str) -> bool | None:
    """Yes or no: true, false, 1 or 0, as JSON has them or in words; None when it is not given."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    state = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}.get(str(value).lower())
    if state is None:
        raise Unprocessable(f"{name} must be 1 or 0.")
    return state


def moment(fields: Fields, name: str) -> datetime | None:
    """A time in ISO 8601 with its zone, in UTC to the millisecond; None when it is not given."""
    value = text(fields, name, 40)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value).astimezone(UTC) if re.search(r"(Z|[+-]\d\d:?\d\d)$", value) else None
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise Unprocessable(f"{name} must be a time such as 2030-01-31T09:00:00Z.")
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def names(fields: Fields, name: str, limit: int, most: int) -> list[str] | None:
    """Some short names, as a JSON list or between commas; None when they are not given."""
    value = fields.get(name)
    if value is None:
        return None
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(it, str) for it in given) or len(given) > most:
        raise Unprocessable(f"{name} must be at most {most} names, as a list or between commas.")
    kept = [" ".join((text({name: it}, name, limit) or "").split()) for it in given]
    return list(dict.fromkeys(filter(None, kept)))


def verbatim(value: object, name: str, limit: int) -> str:
    """Text that machines wrote for each other, as it came: no longer than `limit` characters, and printable."""
    if not isinstance(value, str):
        raise Unprocessable(_("%(name)s must be text.", name=name))
    if len(value) > limit:
        raise _too_long(name, limit, len(value))
    if not clean.is_printable(value.replace("\r\n", "\n")):
        raise Unprocessable(_("%(name)s has characters in it that cannot be shown.", name=name))
    return value


def object_id(fields: Fields, name: str, what: str) -> str | None:
    """The id of something (`what` says of what); None when it is not given."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Unprocessable(_(_MUST_BE_THE_ID.get(what, _MUST_BE_AN_ID), name=name))
    return value


def person(fields: Fields, name: str) -> str | None:
    """Who of the team: an id, "me", or "" for nobody; None when it is not given."""
    if name not in fields:
        return None
    value = fields[name]
    if value in (None, "", "me"):
        return value or ""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Unprocessable(f"{name} must be the id of somebody of the team, “me” or empty.")
    return value


def whole_number(value: object, name: str) -> int:
    """A whole number from 0 up, as a number or its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.isascii() or not _WHOLE.fullmatch(value):
        raise Unprocessable(_("%(name)s must be a whole number.", name=name))
    return int(value)


def web_address(fields: Fields, name: str) -> str | None:
    """The http(s) address of a picture; None when it is not given."""
    value = exact(fields, name, 2000)
    if value is not None and not re.match(r"https?://[^\s/]+", value):
        raise Unprocessable(_("%(name)s must be an address that starts with https://.", name=name))
    return value


def mail_address(fields: Fields, name: str) -> str | None:
    """Something that can be an e-mail address (`mail_addresses`); None when it is not given."""
    value = exact(fields, name, mail_addresses.LONGEST)
    if value is not None and not mail_addresses.is_address(value):
        raise Unprocessable(_("%(name)s must be an e-mail address.", name=name))
    return value


def language(fields: Fields, name: str) -> str | None:
    """The tag of a language (BCP 47), such as pt-BR; None when it is not given."""
    value = exact(fields, name, 35)
    value = value and value.replace("_", "-")  # as POSIX and Java write them
    if value is not None and not LANGUAGE.fullmatch(value):
        raise Unprocessable(_("%(name)s must be the tag of a language, such as pt-BR.", name=name))
    return value


def content(fields: Fields) -> Content | None:
    """What a message offers to be answered with a click, as JSON, in a form as its text; None when it is not given."""
    given = fields.get("content")
    if given is None or given == "":
        return None
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            raise Unprocessable(_("%(name)s must be JSON.", name="content")) from None
    return message_content.check(given)


def wants_json() -> bool:
    """Whether a program is asking, and not a browser."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
