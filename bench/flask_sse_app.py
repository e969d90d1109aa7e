"""flask-sse as its documentation shows it."""

import os

from flask import Flask, request
from flask_sse import sse

app = Flask(__name__)
app.config["REDIS_URL"] = os.environ["REDIS_URL"]
app.register_blueprint(sse, url_prefix="/stream")


@app.post("/publish")
def publish() -> tuple[str, int]:
    """An event to all tabs that listen to `channel`."""
    sse.publish(request.get_data(as_text=True), type="message", channel=request.args["channel"])
    return "", 204
