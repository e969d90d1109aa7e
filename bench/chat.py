"""This project as it is served, and one address more: it publishes to a user's tabs what is posted to it, no more."""

from flask import request

from widget import create_app
from widget.realtime import Event, publish

app = create_app()


@app.post("/publish")
def publish_only() -> tuple[str, int]:
    """An event to all tabs of the user `channel`: through Redis and the log, without a message behind it."""
    text = request.get_data(as_text=True)
    publish([(request.args["channel"], Event(text, type="message"))])
    return "", 204
