"""A request that must be refused, and the many ways in which one field or address can be wrong."""

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
    reason: str
    body: str | bytes | None = None
    type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    by: str = "visitor"


def with_json(what: str, path: str, status: int, reason: str, fields: Any, by: str = "visitor", **headers: str) -> Bad:
    """A POST of a JSON value; a method ahead of the path is used instead."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    method, _, path = path.rpartition(" ")
    return Bad(what, method or "POST", path, status, reason, json.dumps(fields), JSON, named, by)


def form(what: str, path: str, status: int, reason: str, body: str, by: str = "visitor") -> Bad:
    return Bad(what, "POST", path, status, reason, body, FORM, by=by)


def unreadable(path: str, by: str = "visitor") -> list[Bad]:
    """What every endpoint that reads a body must refuse."""
    method, _, address = path.rpartition(" ")
    return [
        Bad("broken JSON", method or "POST", address, 400, "valid JSON", '{"body": "hi"', JSON, by=by),
        Bad("no JSON at all", method or "POST", address, 400, "valid JSON", "", JSON, by=by),
        Bad("JSON that is not UTF-8", method or "POST", address, 400, "valid JSON", b'{"body": "\xff"}', JSON, by=by),
        with_json("a list", path, 400, "JSON object", ["body"], by),
        with_json("a number", path, 400, "JSON object", 7, by),
        with_json("null", path, 400, "JSON object", None, by),
        Bad("deeply nested JSON", method or "POST", address, 400, "nested too deeply", DEEP, JSON, by=by),
        Bad("plain text", method or "POST", address, 415, "form or JSON", "hi", "text/plain", by=by),
        Bad("a body without a type", method or "POST", address, 415, "form or JSON", "hi", by=by),
        Bad("XML", method or "POST", address, 415, "form or JSON", "<body/>", "application/xml", by=by),
        Bad(
            "a JSON body of 300 KB",
            method or "POST",
            address,
            413,
            "too large",
            json.dumps({"x": "x" * 300_000}),
            JSON,
            by=by,
        ),
        Bad("a form of 300 KB", method or "POST", address, 413, "too large", "x=" + "x" * 300_000, FORM, by=by),
    ]


def unsigned(method: str, path: str) -> list[Bad]:
    """Everybody who may not use an endpoint of the signed in."""
    body, kind = ("{}", JSON) if method in ("POST", "PATCH", "PUT") else (None, None)

    def by(what: str, reason: str, by: str = "nobody", **headers: str) -> Bad:
        return Bad(what, method, path, 401, reason, body, kind, headers, by)

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


def wrong_exact(path: str, name: str, limit: int, rest: dict[str, Any] | None = None, by: str = "visitor") -> list[Bad]:
    """Every wrong value of a field that is taken to the letter, of at most `limit` characters."""

    def value(what: str, value: Any) -> Bad:
        return with_json(f"{name} {what}", path, 422, f"{name} has characters", {**(rest or {}), name: value}, by)

    return [
        *wrong_text(path, name, limit, rest, by),
        value("with a NUL", NUL),
        value("with half a surrogate pair", SURROGATE),
        value("with an escape character", "a\x1b[31mb"),
    ]


def wrong_text(path: str, name: str, limit: int, rest: dict[str, Any] | None = None, by: str = "visitor") -> list[Bad]:
    """Every wrong value of a field that people write, of at most `limit` characters; see `text/clean` for the rest."""

    def value(what: str, value: Any, status: int, reason: str) -> Bad:
        return with_json(f"{name} {what}", path, status, reason, {**(rest or {}), name: value}, by)

    return [
        value("a number", 7, 422, f"{name} must be text"),
        value("true", True, 422, f"{name} must be text"),
        value("a list", ["a"], 422, f"{name} must be text"),
        value("an object", {"a": "b"}, 422, f"{name} must be text"),
        value("one character too long", "x" * (limit + 1), 413, f"{name} has at most {limit:,} characters"),
    ]


def wrong_number(path: str, name: str) -> list[Bad]:
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
    bad = [with_json(f"{name} {what}", path, 422, f"{name} must be", {name: value}) for what, value in wrong.items()]
    for what, value, status in (("infinite", "1e999", 422), ("NaN", "NaN", 422), ("of 5,000 digits", "9" * 5000, 400)):
        bad.append(Bad(f"{name} {what}", "POST", path, status, "", f'{{"{name}": {value}}}', JSON))
    return bad


def elsewhere(method: str, path: str, body: str | None = None) -> list[Bad]:
    """The ids of things that are not there, or not for this person: one cannot tell which."""
    kind = JSON if body is not None else None
    mine = "{message}" if "{message}" in path else "{group}" if "{group}" in path else "{mine}"
    ids = {
        "a foreign one": "{foreign}" if mine == "{message}" else "{theirs}",
        "one that is not there": "0123456789abcdef",
        "an id in capitals": "0123456789ABCDEF",
        "an id that is too short": "0123456789abcde",
        "an id with a NUL": "0123456789abcde%00",
        "an id with a newline": "0123456789abcdef%0a",
        "an id with a quote": "0123456789abcde'",
        "a path for an id": "..%2f..%2fetc%2fpasswd",
        "an id of odd letters": "%F0%9F%98%80%D9%A1",
    }
    return [Bad(what, method, path.replace(mine, it), 404, "There is no", body, kind) for what, it in ids.items()]


def nobody(method: str, path: str, name: str, body: Any = None) -> list[Bad]:
    """What names nobody, and no invitation, in an address that ends with `{name}`."""
    wrong = ("0123456789abcdef", "me2", "%00", "a%00b", "%ED%A0%80", "%F0%9F%98%80", "'", "x" * 3000)
    kind, text = (JSON, json.dumps(body)) if body is not None else (None, None)
    return [
        Bad(f"{name} {it[:20]}", method, path.replace(f"{{{name}}}", it), 404, "There is no", text, kind)
        for it in wrong
    ]
