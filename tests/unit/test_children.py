"""A child process is heard out, and ended when it goes on for too long."""

from __future__ import annotations

import time

import pytest

from widget.media import children


def test_what_a_child_prints_is_returned() -> None:
    assert b"Zen of Python" in children.run_module("this", seconds=20)


def test_a_child_that_fails_has_printed_nothing() -> None:
    assert children.run_module("widget.no_such_module", seconds=20) == b""


def test_a_child_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    end = children._end
    monkeypatch.setattr(children, "_end", lambda pid: (ended.append(pid), end(pid)))
    began = time.monotonic()
    with pytest.raises(children.Unfinished):
        children.run_module("http.server", "0", seconds=0.5)
    assert time.monotonic() - began < 10
    with pytest.raises(ProcessLookupError):
        children.os.kill(ended[0], 0)


def test_a_child_that_prints_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "MOST", 100)
    with pytest.raises(children.Unfinished):
        children.run_module("this", seconds=20)
