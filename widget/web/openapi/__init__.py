"""The description of the public surface (OpenAPI 3.1): made from the addresses that the app has, their docstrings, and
the two tables beside this, which a test compares with the app and with what it answers."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from widget.web import scopes
from widget.web.openapi import operations, shapes

Json = dict[str, Any]

_PARAMETER = re.compile(r"<(?:([a-z]+)(?:\(([^)]*)\))?:)?([a-z_]+)>")
_ERRORS = {
    400: "The request cannot be read.",
    401: "Nobody is signed in.",
    403: "Whoever asks may not do this, or the bot has no scope for it.",
    404: "There is no such thing, or none that whoever asks may know of.",
    408: "The body took too long to come.",
    409: "Something has changed meanwhile.",
    410: "What was offered is not any more.",
    412: "The other version of a protocol.",
    413: "Something is too large.",
    415: "The body must be a form or JSON.",
    422: "A value is missing, or cannot be what it says it is.",
    429: "Too often in a short time; Retry-After says when again.",
    503: "A part that is needed does not answer; Retry-After says when again.",
}


def rules(app: Flask) -> list[tuple[str, Rule]]:
    """The public surface: each method of each address under /w/."""
    ours = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/w/")]
    pairs = [(method, rule) for rule in ours for method in (rule.methods or ()) if method not in ("HEAD", "OPTIONS")]
    return sorted(pairs, key=lambda it: (it[1].rule, it[0]))


def document(app: Flask, url: str) -> Json:
    """The description of an app at this address."""
    paths: dict[str, Json] = {}
    for method, rule in rules(app):
        path = _PARAMETER.sub(r"{\3}", rule.rule)
        paths.setdefault(path, {})[method.lower()] = _operation(app, method, rule)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Chat", "version": "1", "description": operations.DESCRIPTION},
        "servers": [{"url": url}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": shapes.SHAPES,
        },
    }


def _operation(app: Flask, method: str, rule: Rule) -> Json:
    name = rule.endpoint
    told = " ".join((app.view_functions[name].__doc__ or "").split())
    shape = operations.ANSWERS.get(name)
    area = name.partition(".")[0]
    needs = "For people only." if area in scopes.FOR_PEOPLE else f"Scope: {scopes.needed(name, method)}."
    found: Json = {
        "operationId": name,
        "tags": [area],
        "summary": re.split(r"(?<=[.;:]) ", told)[0].rstrip(":;"),
        "description": f"{told} {needs}",
        "parameters": _parameters(rule) + operations.queries(name),
        "responses": {str(status): _answer(shape) for status in operations.STATUS.get(name, (200,))},
    }
    if shape is None:
        found["responses"] = {str(it): {"description": "Done."} for it in operations.STATUS.get(name, (204,))}
    if name in operations.BODIES:
        kind, schema = operations.BODIES[name]
        found["requestBody"] = {"required": True, "content": {kind: {"schema": schema}}}
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    found["responses"] |= {str(it): {"description": words, "content": refused} for it, words in _ERRORS.items()}
    if name == "session.open_session":
        found["security"] = [{}, {"token": []}]
    return found


def _parameters(rule: Rule) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _values(kind, words)}
        for kind, words, name in _PARAMETER.findall(rule.rule)
    ]


def _values(kind: str, words: str) -> Json:
    if kind == "any":
        return {"enum": [it.strip() for it in words.split(",")]}
    patterns = {"id": "^[0-9a-f]{16}$", "member": "^([0-9a-f]{16}|team|me)$"}
    return {"type": "string", "pattern": patterns.get(kind, "^[A-Za-z0-9_-]{1,64}$")}


def _answer(shape: str | None) -> Json:
    if shape in operations.OTHER:
        return {"description": "As it is.", "content": {operations.OTHER[shape]: {}}}
    return {
        "description": "In JSON; in HTML for browsers.",
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape}"}}},
    }
