"""A bot that thanks for feedback, and writes it into a CSV file. Needs Python 3.9 and nothing else.

    WEBHOOK_SECRET=whsec_… PORT=9000 python feedback_bot.py feedback.csv

It is one function that answers webhooks (`--event form.submitted`). `feedback.html` has the button that opens the form,
which stands in the inbox's settings under the name "feedback".
"""

import base64
import csv
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COLUMNS = ("stars", "words")  # the names of the form's fields
KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))


def answer(kind, data):
    """What the bot says to an event."""
    if kind == "form.submitted" and data["form"].get("name") == "feedback":
        with open(sys.argv[1], "a", newline="", encoding="utf-8") as file:
            values = [data["values"].get(name) for name in COLUMNS]
            csv.writer(file).writerow([data["message"]["created_at"], *values])
        return {"messages": [{"body": "Thank you!"}]}
    return {}


def is_genuine(headers, body):
    """Whether a request comes from the chat, and now."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return fresh and any(hmac.compare_digest(expected, it) for it in headers["webhook-signature"].split())


class Hook(BaseHTTPRequestHandler):
    """Takes one event at a time."""

    def do_POST(self):
        """Answer an event."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        genuine = is_genuine(self.headers, body)
        event = json.loads(body) if genuine else {}
        found = json.dumps(answer(event["type"], event["data"]) if genuine else {}).encode()
        self.send_response(200 if genuine else 401)
        self.send_header("Content-Length", str(len(found)))
        self.end_headers()
        self.wfile.write(found)


ThreadingHTTPServer((os.environ.get("HOST", ""), int(os.environ["PORT"])), Hook).serve_forever()
