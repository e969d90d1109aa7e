"""The table of requests that must be refused. `test_bad_input` sends each of them, once for JSON and once for HTML."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

UUID = "3f2b8c9e-5d41-4f0a-9c7e-1a2b3c4d5e6f"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
NUL = "a\x00b"
SURROGATE = "a\ud800b"
DEEP = "[" * 100_000
SESSION = "/w/session"
LIST = "/w/conversations"
HISTORY = "/w/conversations/{mine}"
SEND = "/w/conversations/{mine}/messages"
READ = "/w/conversations/{mine}/read"
STREAM = "/w/stream"
SIGN_IN = "/inbox/sign-in"
PASSWORD = "/inbox/password"


@dataclass(frozen=True)
class Bad:
    """A request, the status that it must be answered with, and a piece of the reason.

    `{mine}`, `{theirs}` and the like in path and body stand for real ids; see `test_bad_input.places`.
    `by` is who makes the request.
    """

    what: str
    method: str
    path: str
    status: int
    says: str
    body: str | bytes | None = None
    type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    by: str = "visitor"


def _said(what: str, path: str, status: int, says: str, fields: Any, by: str = "visitor", **headers: str) -> Bad:
    """A POST of a JSON value."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Bad(what, "POST", path, status, says, json.dumps(fields), JSON, named, by)


def _form(what: str, path: str, status: int, says: str, body: str, by: str = "visitor") -> Bad:
    return Bad(what, "POST", path, status, says, body, FORM, by=by)


def _unreadable(path: str, by: str = "visitor") -> list[Bad]:
    """What every endpoint that reads a body must refuse."""
    return [
        Bad("broken JSON", "POST", path, 400, "valid JSON", '{"body": "hi"', JSON, by=by),
        Bad("no JSON at all", "POST", path, 400, "valid JSON", "", JSON, by=by),
        Bad("JSON that is not UTF-8", "POST", path, 400, "valid JSON", b'{"body": "\xff"}', JSON, by=by),
        _said("a list", path, 400, "JSON object", ["body"], by),
        _said("a number", path, 400, "JSON object", 7, by),
        _said("null", path, 400, "JSON object", None, by),
        Bad("deeply nested JSON", "POST", path, 400, "nested too deeply", DEEP, JSON, by=by),
        Bad("plain text", "POST", path, 415, "form or JSON", "hi", "text/plain", by=by),
        Bad("a body without a type", "POST", path, 415, "form or JSON", "hi", by=by),
        Bad("XML", "POST", path, 415, "form or JSON", "<body/>", "application/xml", by=by),
        Bad("a JSON body of 300 KB", "POST", path, 413, "too large", json.dumps({"x": "x" * 300_000}), JSON, by=by),
        Bad("a form of 300 KB", "POST", path, 413, "too large", "x=" + "x" * 300_000, FORM, by=by),
    ]


def _unsigned(method: str, path: str) -> list[Bad]:
    """Everybody who may not use an endpoint of the signed in."""
    body, kind = ("{}", JSON) if method == "POST" else (None, None)

    def by(what: str, says: str, by: str = "nobody", **headers: str) -> Bad:
        return Bad(what, method, path, 401, says, body, kind, headers, by)

    return [
        by("nobody", "Nobody is signed in"),
        by("an unknown token", "not known any more", Authorization="Bearer " + "x" * 43),
        by("a token of strange bytes", "not known any more", Authorization="Bearer \xe4\xf6\xfc"),
        by("an expired token", "not known any more", by="expired"),
        by("an inbox cookie as a token", "not known any more", by="cookie as token"),
        by("a token as an inbox cookie", "Nobody is signed in", by="token as cookie"),
        by("another scheme", "must be “Bearer”", Authorization="Basic dXNlcjpwYXNz"),
        by("a scheme without a token", "must be “Bearer”", Authorization="Bearer "),
        by("an empty header", "must be “Bearer”", Authorization=""),
    ]


def _wrong_text(path: str, name: str, limit: int, rest: dict[str, Any] | None = None, by: str = "visitor") -> list[Bad]:
    """Every wrong value of a field that is a text of at most `limit` characters."""

    def value(what: str, value: Any, status: int, says: str) -> Bad:
        return _said(f"{name} {what}", path, status, says, {**(rest or {}), name: value}, by)

    return [
        value("a number", 7, 422, f"{name} must be text"),
        value("true", True, 422, f"{name} must be text"),
        value("a list", ["a"], 422, f"{name} must be text"),
        value("an object", {"a": "b"}, 422, f"{name} must be text"),
        value("with a NUL", NUL, 422, f"{name} has characters"),
        value("with half a surrogate pair", SURROGATE, 422, f"{name} has characters"),
        value("with an escape character", "a\x1b[31mb", 422, f"{name} has characters"),
        value("one character too long", "x" * (limit + 1), 413, f"{name} has at most {limit:,} characters"),
    ]


def _wrong_number(path: str, name: str) -> list[Bad]:
    """Every wrong value of a field that is a whole number."""
    wrong: dict[str, Any] = {
        "negative": -1,
        "a float": 1.5,
        "a whole float": 1.0,
        "true": True,
        "null": None,
        "a word": "first",
        "a signed text": "+1",
        "a padded text": " 1",
        "digits of another script": "١",
        "a list": [1],
        "of 30 digits": 10**30,
        "of 4,000 digits": 10**4000,
    }
    bad = [_said(f"{name} {what}", path, 422, f"{name} must be", {name: value}) for what, value in wrong.items()]
    for what, value, status in (("infinite", "1e999", 422), ("NaN", "NaN", 422), ("of 5,000 digits", "9" * 5000, 400)):
        bad.append(Bad(f"{name} {what}", "POST", path, status, "", f'{{"{name}": {value}}}', JSON))
    return bad


def _elsewhere(method: str, path: str, body: str | None = None) -> list[Bad]:
    """The ids of things that are not there, or not for this person: one cannot tell which."""
    kind = JSON if body is not None else None
    ids = {
        "a foreign conversation": "{theirs}",
        "a conversation that is not there": "0123456789abcdef",
        "an id in capitals": "0123456789ABCDEF",
        "an id that is too short": "0123456789abcde",
        "an id with a NUL": "0123456789abcde%00",
        "an id with a newline": "0123456789abcdef%0a",
        "an id with a quote": "0123456789abcde'",
        "a path for an id": "..%2f..%2fetc%2fpasswd",
        "an id of odd letters": "%F0%9F%98%80%D9%A1",
    }
    return [Bad(what, method, path.replace("{mine}", it), 404, "There is no", body, kind) for what, it in ids.items()]


def _message(**changed: Any) -> dict[str, Any]:
    return {"body": "hello", "client_id": UUID, **changed}


TABLE: list[Bad] = [
    # A session
    Bad("another method", "GET", SESSION, 405, "does not take"),
    Bad("another method", "DELETE", SESSION, 405, "does not take"),
    *_unreadable(SESSION, "nobody"),
    *_wrong_text(SESSION, "name", 200, by="nobody"),
    *_wrong_text(SESSION, "email", 320),
    *_wrong_text(SESSION, "picture", 2000),
    *_wrong_text(SESSION, "id", 200, {"identifier_hash": "0" * 64}, "nobody"),
    *_wrong_text(SESSION, "identifier_hash", 64, {"id": "u1"}, "nobody"),
    *(bad for bad in _unsigned("POST", SESSION) if "Nobody" not in bad.says),
    _said("a script for a picture", SESSION, 422, "picture must be an address", {"picture": "javascript:alert(1)"}),
    _said("a relative picture", SESSION, 422, "picture must be an address", {"picture": "/me.png"}),
    _said("an id without its hash", SESSION, 403, "identifier_hash", {"id": "u1"}, "nobody"),
    _said("a wrong hash", SESSION, 403, "identifier_hash", {"id": "u1", "identifier_hash": "0" * 64}),
    _said("a good name with a wrong id", SESSION, 403, "identifier_hash", {"name": "Eve", "id": "u1"}),
    _form("a name with a NUL in a form", SESSION, 422, "name has characters", "name=a%00b", "nobody"),
    # The list
    Bad("another method", "POST", LIST, 405, "does not take"),
    *_unsigned("GET", LIST),
    # History
    Bad("another method", "DELETE", HISTORY, 405, "does not take"),
    *_unsigned("GET", HISTORY),
    *_elsewhere("GET", HISTORY),
    *(
        Bad(f"before={value}"[:40], "GET", f"{HISTORY}?before={value}", 422, "before must be a whole number")
        for value in ("", "-1", "1.5", "true", "first", "%2B1", "%201", "%D9%A1", "1%00", "9" * 19, "9" * 1000, "0x10")
    ),
    Bad("before in a foreign conversation", "GET", "/w/conversations/{theirs}?before=2", 404, "no such conversation"),
    # Sending
    Bad("another method", "GET", SEND, 405, "does not take"),
    Bad("another method", "PUT", SEND, 405, "does not take"),
    *_unsigned("POST", SEND),
    *_elsewhere("POST", SEND, json.dumps(_message())),
    *_unreadable(SEND),
    *_wrong_text(SEND, "body", 8000, {"client_id": UUID}),
    _said("no field at all", SEND, 422, "must be a UUID", {}),
    _said("no body", SEND, 422, "needs some text", {"client_id": UUID}),
    _said("an empty body", SEND, 422, "needs some text", _message(body="")),
    _said("a null body", SEND, 422, "needs some text", _message(body=None)),
    _said("a blank body", SEND, 422, "needs some text", _message(body=" \t\r\n\u2003\u3000 ")),
    _form("a blank body in a form", SEND, 422, "needs some text", f"client_id={UUID}&body=+%0d%0a+"),
    _form("8,001 characters in a form", SEND, 413, "at most 8,000", f"client_id={UUID}&body=" + "%C3%A4" * 8001),
    Bad("a form without its boundary", "POST", SEND, 422, "must be", "--x\r\n\r\n", "multipart/form-data"),
    *(
        _said(f"client_id {value!r}", SEND, 422, "client_id must be a UUID", _message(client_id=value))
        for value in (None, "", "abc", 7, True, [UUID], {"id": UUID}, UUID + "\n", f"{{{UUID}}}", UUID[:-1], NUL)
    ),
    _said("client_id without its dashes", SEND, 422, "must be a UUID", _message(client_id=UUID.replace("-", ""))),
    _said("client_id that is not hexadecimal", SEND, 422, "must be a UUID", _message(client_id="z" + UUID[1:])),
    *(
        _said(f"reply_to {value!r}", SEND, 422, "reply_to must be the id", _message(reply_to=value))
        for value in (7, True, ["{said}"], {"id": "{said}"}, "abc", NUL, SURROGATE, "x" * 10_000, "{said}\n")
    ),
    _said("an answer to a foreign message", SEND, 422, "not in this conversation", _message(reply_to="{foreign}")),
    _said("an answer to no message", SEND, 422, "not in this conversation", _message(reply_to="0123456789abcdef")),
    _said("a used client_id", SEND, 422, "another conversation", _message(client_id="{agent_client_id}"), "agent"),
    _said("a foreign site with the cookie", SEND, 403, "another site", _message(), "agent", Origin="https://evil.test"),
    _said("a cross-site send", SEND, 403, "another site", _message(), "agent", Sec_Fetch_Site="cross-site"),
    # Reading
    Bad("another method", "GET", READ, 405, "does not take"),
    *_unsigned("POST", READ),
    *_elsewhere("POST", READ, '{"upto": 0}'),
    *_unreadable(READ),
    *_wrong_number(READ, "upto"),
    _said("no field at all", READ, 422, "upto must be a whole number", {}),
    _said("a number that no message has yet", READ, 422, "no message 99", {"upto": 99}),
    _said("the largest number", READ, 422, "There is no message", {"upto": 10**18 - 1}),
    # The stream
    Bad("another method", "POST", STREAM, 405, "does not take"),
    *_unsigned("GET", STREAM),
    *(Bad(f"as={form}", "GET", f"{STREAM}?as={form}", 422, "as must be html or json") for form in ("", "xml", "JSON")),
    Bad("the token in the address", "GET", f"{STREAM}?token=x", 401, "Nobody is signed in", by="nobody"),
    # Addresses that are not there
    Bad("an address that is not there", "GET", "/w/", 404, "nothing at this address"),
    Bad("an address that is not there", "GET", "/w/nothing", 404, "nothing at this address"),
    Bad("an address that is not there", "POST", "/inbox/nothing", 404, "nothing at this address"),
    Bad("an address of odd characters", "GET", "/w/%00%FF%F0%9F%98%80", 404, "nothing at this address"),
    # The inbox
    Bad("another method", "POST", "/inbox", 405, "does not take"),
    Bad("a conversation that is not there", "GET", "/inbox/0123456789abcdef", 404, "no such conversation", by="agent"),
    Bad("an id with a NUL", "GET", "/inbox/0123456789abcde%00", 404, "nothing at this address", by="agent"),
    Bad("a link that is not known", "GET", "/inbox/link/" + "x" * 43, 401, "fresh one", by="nobody"),
    Bad("a link of odd characters", "GET", "/inbox/link/%00%FF%27", 401, "fresh one", by="nobody"),
    Bad("another method", "POST", "/inbox/link/x", 405, "does not take", by="nobody"),
    Bad("another method", "GET", SIGN_IN, 405, "does not take", by="nobody"),
    *_unreadable(SIGN_IN, "nobody"),
    *_wrong_text(SIGN_IN, "email", 320, {"password": "x"}, "nobody"),
    *_wrong_text(SIGN_IN, "password", 200, {"email": "x@example.com"}, "nobody"),
    _form("an unknown address", SIGN_IN, 401, "do not belong together", "email=no@example.com&password=abc", "nobody"),
    _form("nothing filled in", SIGN_IN, 401, "do not belong together", "email=&password=", "nobody"),
    _said("a foreign site", SIGN_IN, 403, "another site", {}, "nobody", Origin="https://evil.test"),
    _said("a site of no origin", SIGN_IN, 403, "another site", {}, "nobody", Origin="null"),
    _said("a sister site", SIGN_IN, 403, "another site", {}, "nobody", Sec_Fetch_Site="same-site"),
    Bad("another method", "GET", "/inbox/sign-out", 405, "does not take", by="agent"),
    _said("a foreign site", "/inbox/sign-out", 403, "another site", {}, "agent", Origin="https://evil.test"),
    Bad("another method", "GET", PASSWORD, 405, "does not take", by="agent"),
    _said("nobody", PASSWORD, 401, "Nobody is signed in", {"password": "long enough for all"}, "nobody"),
    _said("a visitor", PASSWORD, 401, "Nobody is signed in", {"password": "long enough for all"}),
    *_unreadable(PASSWORD, "agent"),
    *_wrong_text(PASSWORD, "password", 200, by="agent"),
    _said("no password", PASSWORD, 422, "10 to 200 characters", {}, "agent"),
    _form("a short password", PASSWORD, 422, "10 to 200 characters", "password=123456789", "agent"),
    _said("a foreign site", PASSWORD, 403, "another site", {}, "agent", Origin="https://evil.test"),
]
