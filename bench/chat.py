"""This project as it is served, and two addresses more: one publishes to a user's tabs what is posted to it, no more;
the other tells how long the loop was held."""

from flask import request

from tests.web.loop_watch import LoopWatch
from widget import create_app
from widget.realtime import Event, publish

app = create_app()
watch = LoopWatch()


@app.post("/publish")
def publish_only() -> tuple[str, int]:
    """An event to all tabs of the user `channel`: through Redis and the log, without a message behind it."""
    text = request.get_data(as_text=True)
    publish([(request.args["channel"], Event(text, type="message"))])
    return "", 204


@app.get("/longest-turn")
def longest_turn() -> str:
    """The longest turn of the loop since this was asked for the last time, in milliseconds of computing."""
    longest, watch.longest = watch.longest, 0.0
    return f"{longest * 1000:.1f}"
