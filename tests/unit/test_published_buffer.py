"""What is noted as published is written down a moment later, and never lost."""

from __future__ import annotations

import pytest
from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from tests import services
from widget.broadcast import outbox, published_buffer
from widget.broadcast.published_buffer import PublishedBuffer

Versions = dict[str, int]

NAME = "buffer"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Versions]:
    """What the buffer under test writes down; those of other tests' servers in this process go on as they are."""
    found: list[Versions] = []
    truly = outbox.delete_published

    def mark(versions: Versions) -> None:
        if current_app.name == NAME:
            found.append(dict(versions))
        else:
            truly(versions)

    monkeypatch.setattr(outbox, "delete_published", mark)
    return found


def test_what_was_published_at_about_the_same_time_is_written_down_together(
    written: list[Versions], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published_buffer, "PAUSE", 0.05)
    notes = PublishedBuffer(Flask(NAME))
    notes.note("a", 0)
    notes.note("b", 2)
    notes.note("a", 1)
    notes.note("b", 0)
    services.wait_for(lambda: written)
    assert written == [{"a": 1, "b": 2}]
    notes.note("c", 0)
    services.wait_for(lambda: len(written) == 2)
    assert written[1] == {"c": 0}


def test_when_the_database_is_away_it_stays_noted(written: list[Versions], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_buffer, "PAUSE", 3600)
    notes = PublishedBuffer(Flask(NAME))
    notes.note("a", 0)
    with monkeypatch.context() as away:
        away.setattr(outbox, "delete_published", _away)
        with pytest.raises(OperationalError):
            notes.settle()
    notes.note("b", 0)
    notes.settle()
    assert written == [{"a": 0, "b": 0}]
    notes.settle()
    assert len(written) == 1


def test_it_is_held_until_it_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever asked meanwhile would take it for unpublished, and publish it again."""
    monkeypatch.setattr(published_buffer, "PAUSE", 3600)
    notes = PublishedBuffer(Flask(NAME))
    notes.note("a", 0)
    notes.note("b", 0)
    meanwhile: list[set[str]] = []

    def write(_: Versions) -> None:
        meanwhile.append(notes.held())
        notes.note("b", 1)

    monkeypatch.setattr(outbox, "delete_published", write)
    notes.settle()
    assert meanwhile == [{"a", "b"}]
    assert notes.held() == {"b"}, "of b there is a later version"
    notes.settle()
    assert not notes.held()


def _away(_: Versions) -> None:
    raise OperationalError("DELETE", {}, Exception("the database is away"))
