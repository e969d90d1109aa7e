"""A bot that answers from a Markdown file of questions. Needs Python 3.9 and nothing else.

    CHAT_URL=http://127.0.0.1:8000 CHAT_TOKEN=bot_… python faq_bot.py faq.md

Make it answer first with `flask --app app bots add Guide --first`. Where one question fits it answers; where two do it
offers both, to be chosen by a click; where none does it hands over to people, with a note that says why.
"""

import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

URL, TOKEN = os.environ["CHAT_URL"], os.environ["CHAT_TOKEN"]
COMMON = set(
    "a an and are be can do does for how i in is it my of on or the to was what when where with you your".split()
)


def read(file):
    """The questions of the file, with their answers."""
    parts = re.split(r"^## +(.+)$", Path(file).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {question.strip(): answer.strip() for question, answer in zip(parts[::2], parts[1::2])}


def words(text):
    """The words that matter, without their endings."""
    return {re.sub(r"(ing|ed|es|s|y)$", "", it) for it in re.findall(r"[a-z0-9]+", text.lower()) if it not in COMMON}


def find(questions, text):
    """The questions that share most words with a text; none when there is no such word."""
    scores = {
        it: len(words(text) & words(it)) + len(words(text) & words(answer)) / 4 for it, answer in questions.items()
    }
    best = max(scores.values(), default=0)
    return [it for it, score in scores.items() if score == best and best >= 1]


def ask(path, body=None, **headers):
    """Open a path of the chat's; with a body, POST it."""
    headers |= {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    return urllib.request.urlopen(urllib.request.Request(URL + path, data, headers), timeout=60)


def reply(questions, message):
    """Answer what a visitor has written."""
    chosen = message.get("answer", {}).get("value")
    found = [chosen] if chosen in questions else find(questions, message["body"])
    where = f"/w/conversations/{message['conversation']}"
    client_id = str(uuid.uuid5(uuid.NAMESPACE_URL, message["id"]))  # answering twice does no harm
    if not found:
        ask(f"{where}/handover", {"note": f"No question in the file fits “{message['body'][:200]}”."}).close()
    elif len(found) == 1:
        ask(f"{where}/messages", {"body": questions[found[0]], "client_id": client_id}).close()
    else:
        options = [{"title": it, "value": it} for it in found[:5]]
        content = {"type": "options", "options": options}
        ask(f"{where}/messages", {"body": "Which do you mean?", "content": content, "client_id": client_id}).close()


def listen(questions):
    """Answer all that the stream brings, for ever."""
    last = {}
    while True:
        try:
            with ask("/w/stream?as=json", **last) as stream:
                event = {}
                for line in stream:
                    name, _, value = line.decode().rstrip("\n").partition(": ")
                    if name:
                        event[name] = value
                        continue
                    if event.get("event") == "message":
                        handle(questions, json.loads(event["data"]))
                    last = {"Last-Event-ID": event["id"]} if "id" in event else last
                    event = {}
        except OSError as error:
            print("again in a second, after the last event that was done with:", error, flush=True)
        time.sleep(1)


def handle(questions, message):
    """Answer a message, unless it is none of a visitor's."""
    if message["by_team"] or message["kind"] != "text":
        return
    try:
        reply(questions, message)
    except urllib.error.HTTPError as error:
        if error.code in (429, 503):  # too much at once: the stream brings it again
            raise
        if error.code != 409:  # a person has taken over
            print(error.read().decode(), flush=True)


if __name__ == "__main__":
    listen(read(sys.argv[1]))
