"""How long a worker's loop is held: the longest turn while each kind of work is done, in a deployment of one size.

Counted is what the process computes in one turn of the loop; that the machine has other things to do is no stall.
"""

from __future__ import annotations

import contextlib
import io
import os
import uuid
from collections.abc import Callable

from PIL import Image

from bench import data_growth
from bench.data_growth import Deployment
from tests import api

REPEATS = 3


def _image() -> bytes:
    """A photograph of twelve megapixels, as far as decoding it goes."""
    small = Image.frombytes("RGB", (400, 300), os.urandom(400 * 300 * 3))
    written = io.BytesIO()
    small.resize((4000, 3000)).save(written, "JPEG", quality=85)
    return written.getvalue()


def _upload(it: Deployment, image: bytes) -> object:
    path = f"/w/conversations/{it.conversation}/messages"
    return it.visitor.post(path, data={"client_id": str(uuid.uuid4())}, files={"file": ("photo.jpg", image)})


def _others() -> dict[str, Callable[[Deployment], object]]:
    """What is not measured for how it grows, but computes something."""
    image = _image()
    html = {"Accept": "text/html"}
    wrong = {"email": "nobody@example.com", "password": "a wrong password"}
    return {
        "a filtered list": lambda it: it.agent.get("/w/conversations?view=all&q=teapot+has:file"),
        "an export of a conversation": lambda it: it.agent.get(f"/w/conversations/{it.conversation}/export"),
        "an export of a visitor": lambda it: it.agent.get(f"/w/people/{it.visitor.id}/export"),
        "an image": lambda it: _upload(it, image),
        "a wrong password": lambda it: api.Person(it.agent.url).post("/inbox/sign-in", data=wrong),
        "what was done": lambda it: it.agent.get("/inbox/settings/audit", headers=html),
        "the numbers as CSV": lambda it: it.agent.get("/inbox/settings/numbers.csv?period=quarter"),
    }


def measure(size: str, postgresql: bool) -> dict[str, float]:
    """The longest turn, in milliseconds, during each kind of work; the first time of each is left out."""
    longest: dict[str, float] = {}
    with contextlib.ExitStack() as stack:
        [deployment] = data_growth.deployments(stack, [size], postgresql).values()
        for what, work in (data_growth.WORK | _others()).items():
            for turn in range(REPEATS + 1):
                if turn == 1:
                    _longest_turn(deployment)
                work(deployment)
            longest[what] = _longest_turn(deployment)
    return longest


def _longest_turn(it: Deployment) -> float:
    """Since it was asked for the last time."""
    return float(it.agent.get("/longest-turn").text)
