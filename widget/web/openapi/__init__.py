"""The description of the public surface (OpenAPI 3.1): made from the addresses that the app has, their docstrings, and
the tables beside this, which tests compare with the app and with what it answers."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from widget.web import limits, scopes
from widget.web.openapi import errors, examples, operations, shapes

Json = dict[str, Any]

_PARAMETER = re.compile(r"<(?:([a-z]+)(?:\(([^)]*)\))?:)?([a-z_]+)>")


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
        "description": " ".join(filter(None, [told, needs, _how_often(name)])),
        "parameters": _parameters(rule) + operations.queries(name),
        "responses": {str(status): _answer(shape) for status in operations.STATUS.get(name, (200,))},
    }
    if shape is None:
        found["responses"] = {str(it): {"description": "Done."} for it in operations.STATUS.get(name, (204,))}
    has_body = name in operations.BODIES
    if has_body:
        found["requestBody"] = {"required": True, "content": _content(name)}
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for status in errors.statuses(name, bool(_PARAMETER.search(rule.rule)), name in operations.QUERIES, has_body):
        content = refused if status != errors.TOO_LONG_ADDRESS else {"text/html": {}}
        found["responses"][str(status)] = {"description": errors.WORDS[status], "content": content}
    if name == "session.open_session":
        found["security"] = [{}, {"token": []}]
    return found


def _how_often(name: str) -> str:
    """The limit in words; empty where there is none."""
    limit = errors.LIMITS.get(name)
    if limit is None:
        return ""
    if limit == limits.MESSAGES:
        return f"At most {limit} for the team; for visitors what the deployment sets."
    return f"At most {limit}."


def _content(name: str) -> Json:
    """The body that a view takes, with examples."""
    kind, schema = operations.BODIES[name]
    shown = {title: {"value": value} for title, value in examples.BODIES.get(name, {}).items()}
    return {kind: {"schema": schema} | ({"examples": shown} if shown else {})}


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
