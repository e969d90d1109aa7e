"""/healthz and /readyz: what works and what does not, for load balancers and for people."""

from __future__ import annotations

from typing import Any

from alembic.migration import MigrationContext
from flask import Blueprint, Response, jsonify
from redis import Redis, RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from widget import extensions, migrations
from widget.mesibo import lease
from widget.mesibo.transports.base import MesiboStatus
from widget.web import operators

bp = Blueprint("status", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """200 for as long as this process answers. It asks nobody: who cannot be reached does not make it unwell."""
    return jsonify({"status": "ok"} | (_here() if operators.asks() else {}))


@bp.get("/readyz")
def readyz() -> Response:
    """200 when visitors can be served: the database is there and migrated, and Redis answers; else 503. One that a
    later release has migrated will do: that is being rolled out.

    What is missing is told to operators; a stranger is told yes or no. A link that is not connected is told, and no
    reason to send visitors away: what they write waits for it.
    """
    report = _report()
    ready = report["database"] == "ok" and report["redis"] == "ok"
    response = jsonify({"ready": ready} | (report if operators.asks() else {}))
    if not ready:
        response.status_code = 503
        response.headers["Retry-After"] = "1"
    return response


def _here() -> dict[str, Any]:
    """What this process knows by itself."""
    worker = extensions.current().mesibo_worker
    return {
        "lease": {"here": worker.lease.held},
        "link": _link(worker.status),
        "tabs": extensions.current().hub.subscribers,
    }


def _report() -> dict[str, Any]:
    redis: Redis = extensions.current().redis
    here = _here()
    try:
        redis.ping()
        answers, holder = "ok", lease.holder(redis)
    except RedisError as error:
        answers, holder = f"does not answer: {_line(error)}", None
    return here | {"database": _database(), "redis": answers, "lease": {"holder": holder} | here["lease"]}


def _link(status: MesiboStatus) -> dict[str, Any]:
    shown = {"name": status.name, "state": status.state, "reason": status.reason, "waiting": status.waiting}
    return {key: value for key, value in shown.items() if value}


def _database() -> str:
    engine: Engine = extensions.current().engine
    try:
        with engine.connect() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        return f"does not answer: {_line(error)}"
    return "ok" if migrations.serves(revision) else f"is at {revision or 'nothing'}: run flask --app app db upgrade"


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]
