"""/openapi.json and /docs/api: what the public surface is, for programs and for people."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, render_template

from widget.web import openapi, own_address

bp = Blueprint("api_docs", __name__)


@bp.get("/openapi.json")
def description() -> Response:
    """The description in OpenAPI 3.1."""
    return jsonify(openapi.document(current_app, own_address.base_url()))


@bp.get("/docs/api")
def page() -> Response:
    """The same to be read."""
    found = openapi.document(current_app, own_address.base_url())
    areas: dict[str, list[tuple[str, str, openapi.Json]]] = {}
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            areas.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return Response(render_template("docs/api.html", areas=areas, document=found), mimetype="text/html")
