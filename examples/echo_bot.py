"""A bot that says everything once more. Needs Python 3.9 and nothing else.

    CHAT_URL=http://127.0.0.1:8000 CHAT_TOKEN=bot_… python echo_bot.py

It listens to the stream. The id of the last event is kept in a file, so that it hears after a restart what was written
meanwhile; an answer's client_id is made from what it answers, so that answering twice does no harm.
"""

import json
import os
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

URL = os.environ["CHAT_URL"]
TOKEN = os.environ["CHAT_TOKEN"]
PLACE = Path(os.environ.get("CHAT_PLACE", "echo_bot.last"))


def ask(path, body=None, **headers):
    """Open a path of the chat's; with a body, POST it."""
    headers |= {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    return urllib.request.urlopen(urllib.request.Request(URL + path, data, headers), timeout=60)


def listen():
    """Answer all that the stream brings, for ever."""
    while True:
        last = {"Last-Event-ID": PLACE.read_text()} if PLACE.exists() else {}
        try:
            with ask("/w/stream?as=json", **last) as stream:
                event = {}
                for line in stream:
                    name, _, value = line.decode().rstrip("\n").partition(": ")
                    if name:
                        event[name] = value
                        continue
                    if event.get("event") == "message":
                        handle(json.loads(event["data"]))
                    if "id" in event:  # only now is it done with
                        PLACE.write_text(event["id"])
                    event = {}
        except OSError as error:
            print("again in a second, after the last event that was done with:", error, flush=True)
        time.sleep(1)


def handle(message):
    """Answer a message, unless it is none of a visitor's."""
    if message["kind"] != "text" or message["by_team"]:
        return
    answer = {
        "body": f"You wrote: {message['body']}",
        "client_id": str(uuid.uuid5(uuid.NAMESPACE_URL, message["id"])),
    }
    try:
        ask(f"/w/conversations/{message['conversation']}/messages", answer).close()
    except urllib.error.HTTPError as error:
        if error.code in (429, 503):  # too much at once: the stream brings it again
            raise
        print(error.read().decode(), flush=True)  # 409: a person has taken over


listen()
