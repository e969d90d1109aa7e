"""The chat, served by gunicorn, with a clock that can be stepped: by as many seconds as a file says. It tells how many
greenlets a worker has."""

from __future__ import annotations

import gc
import os
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

_real = time.time
_file = Path(os.environ["SOAK_CLOCK"])


def _offset() -> float:
    return float(_file.read_text() or 0)


time.time = lambda: _real() + _offset()

from greenlet import greenlet  # noqa: E402

from widget import create_app  # noqa: E402  (what it imports is to have the clock of above)
from widget.models import base  # noqa: E402


class SteppedDatetime(datetime):
    """Its `now` is what the clock says."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + timedelta(seconds=_offset())


base.datetime = SteppedDatetime  # type: ignore[misc]
app = create_app()


@app.get("/greenlets")
def count_greenlets() -> str:
    return str(sum(isinstance(it, greenlet) and not it.dead for it in gc.get_objects()))
