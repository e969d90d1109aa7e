"""The least a view that sends can do: insert one row and publish once. What our own sending is measured against."""

import os
import uuid

from flask import Flask, request
from redis import Redis
from sqlalchemy import text

from widget import db, extensions, settings

app = Flask(__name__)
parts = app.extensions[extensions.NAME] = extensions.Extensions(settings.from_environ())
parts.engine = db.connect(parts.settings.database_url)
redis = Redis.from_url(os.environ["REDIS_URL"])

with app.app_context(), db.transaction() as session:
    session.execute(text("CREATE TABLE IF NOT EXISTS messages (id TEXT PRIMARY KEY, body TEXT)"))


@app.post("/w/conversations/<conversation>/messages")
def send(conversation: str) -> tuple[str, int]:
    """One row, one publication."""
    body = request.get_json()["body"]
    with db.transaction() as session:
        session.execute(text("INSERT INTO messages VALUES (:id, :body)"), {"id": uuid.uuid4().hex, "body": body})
    redis.publish(conversation, body)
    return "", 201
