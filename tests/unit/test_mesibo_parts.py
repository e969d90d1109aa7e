"""The parts of `mesibo/` that need no mesibo: the choice of a transport, its pace, the events of a webhook."""

from __future__ import annotations

import importlib.machinery
from typing import Any

import pytest

from widget import settings
from widget.mesibo import webhook
from widget.mesibo.rate_limit import Backoff, RateLimit
from widget.mesibo.transports import factory
from widget.mesibo.transports.base import MessageChanged, MessageReceived, PresenceReceived, ReceiptReceived

ACCESS = {"MESIBO_ACCESS_TOKEN": "a"}
APP = {"MESIBO_APP_TOKEN": "b"}
HOOK = {"MESIBO_WEBHOOK_SECRET": "0123456789abcdef"}
WHO = {"POPUP_DESTINATION_USER": "ana, bo"}
ALONE = {"MESIBO_SINGLE_USER": "1"}
SDK, REST = {"MESIBO_LINK": "sdk"}, {"MESIBO_LINK": "rest"}


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        (SDK | WHO | APP, "MESIBO_ACCESS_TOKEN: found '', wanted the token of a mesibo user"),
        (REST | WHO | HOOK, "MESIBO_APP_TOKEN: found '', wanted the app token"),
        (REST | WHO | APP, "MESIBO_WEBHOOK_SECRET: found '', wanted a secret"),
        (REST | APP | HOOK, "POPUP_DESTINATION_USER: found '', wanted the mesibo addresses"),
        (ACCESS, "POPUP_DESTINATION_USER: found '', wanted the mesibo addresses"),
        (ACCESS | WHO, "MESIBO_SINGLE_USER: found '0', wanted 1, since without MESIBO_APP_TOKEN all visitors share"),
        (SDK | ACCESS | WHO, "MESIBO_SINGLE_USER: found '0', wanted 1"),
    ],
)
def test_a_connection_that_could_never_work_stops_the_start_with_one_line(environ: dict[str, str], line: str) -> None:
    with pytest.raises(settings.WrongSetting) as refusal:
        settings.from_environ(environ)
    assert str(refusal.value).startswith(line)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("environ", "installed", "names", "why"),
    [
        ({}, True, ("local",), "no mesibo token is set"),
        (ACCESS | WHO | APP, True, ("sdk",), "MESIBO_ACCESS_TOKEN is set"),
        (ACCESS | WHO | ALONE, True, ("sdk",), "MESIBO_ACCESS_TOKEN is set"),
        (ACCESS | WHO | APP | HOOK, True, ("sdk", "rest"), "MESIBO_ACCESS_TOKEN is set"),
        (ACCESS | WHO | APP | HOOK, False, ("rest",), "the mesibo package is not installed, but MESIBO_APP_TOKEN"),
        (ACCESS | WHO | ALONE, False, ("local",), "the mesibo package is not installed (pip install"),
        (APP | WHO | HOOK, True, ("rest",), "no MESIBO_ACCESS_TOKEN, but MESIBO_APP_TOKEN"),
        (APP | WHO, True, ("local",), "no MESIBO_ACCESS_TOKEN, and no MESIBO_WEBHOOK_SECRET"),
        (APP | WHO | HOOK | ACCESS | {"MESIBO_LINK": "local"}, True, ("local",), "MESIBO_LINK=local"),
        (APP | WHO | HOOK | ACCESS | REST, True, ("rest",), "MESIBO_LINK=rest"),
        (APP | WHO | HOOK | ACCESS | SDK, False, ("sdk",), "MESIBO_LINK=sdk"),
    ],
)
def test_auto_takes_the_best_transport_that_can_be_used_and_says_why(
    environ: dict[str, str], installed: bool, names: tuple[str, ...], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.machinery.ModuleSpec("mesibo", None) if installed else None
    monkeypatch.setattr(factory, "find_spec", lambda name: spec)
    found = factory.choose(settings.from_environ(environ))
    assert found.names == names
    assert found.why.startswith(why)


class Clock:
    """A time that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("limits", [((30, 60),), ((30, 60), (60, 600)), ((1, 10),), ((7, 3),)])
def test_no_window_of_time_sees_more_messages_than_mesibo_allows(limits: tuple[tuple[int, int], ...]) -> None:
    clock = Clock()
    rate_limit = RateLimit(limits, clock)
    sent: list[float] = []
    for tick in range(40_000):
        clock.now = tick / 10
        while rate_limit.allows("popup"):
            sent.append(clock.now)
    for most, seconds in limits:
        busiest = max(sum(start <= at < start + seconds for at in sent) for start in sent)
        assert busiest <= most + (most == 1), (busiest, most)
    assert len(sent) >= 4000 * min(most / 2 / seconds for most, seconds in limits), "and nearly so many do leave"


def test_each_mesibo_user_has_a_pace_of_their_own() -> None:
    rate_limit = RateLimit([(2, 60)], Clock())
    assert [rate_limit.allows(sender) for sender in ("vera", "vera", "walt")] == [True, False, True]


def test_the_pauses_between_two_tries_grow_to_a_minute_and_begin_anew() -> None:
    backoff = Backoff()
    assert [backoff.next() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    backoff.reset()
    assert backoff.next() == 1


HELLO = MessageReceived("ana", 7, "hello", to="visitor-1")
READABLE: list[tuple[dict[str, Any], object]] = [
    ({"from": "ana", "to": "visitor-1", "mid": 7, "message": "hello"}, HELLO),
    ({"message": {"from": "ana", "to": "visitor-1", "mid": 7, "message": "hello"}}, HELLO),
    ({"mid": "7", "from": {"address": "ana"}, "to": {"address": "visitor-1"}, "message": "hello"}, HELLO),
    ({"from": "ana", "gid": "12", "mid": -5, "message": ""}, MessageReceived("ana", -5, "", gid=12)),
    ({"from": 4711, "gid": None, "mid": 7, "message": "x"}, MessageReceived("4711", 7, "x")),
    ({"mid": 7, "status": 2}, ReceiptReceived(7, "delivered")),
    ({"message": {"mid": 7, "status": "3"}}, ReceiptReceived(7, "read")),
    ({"from": "ana", "mid": 7, "status": 0x21}, MessageChanged("ana", 7, None)),
]


@pytest.mark.parametrize(("fields", "meaning"), READABLE)
def test_a_messages_event_is_read_wherever_its_fields_stand(fields: dict[str, Any], meaning: object) -> None:
    assert webhook.parse_event({"type": "message"} | fields) == meaning


def test_who_comes_and_goes_is_read() -> None:
    event = {"type": "user", "user": {"uid": 1, "address": "ana"}, "status": "offline"}
    assert webhook.parse_event(event) == PresenceReceived("ana", "offline")


def test_a_files_address_comes_along() -> None:
    event = {"type": "message", "from": "ana", "mid": 7, "url": "https://files.example.com/1.png"}
    found = webhook.parse_event(event)
    assert isinstance(found, MessageReceived)
    assert found.file is not None
    assert (found.text, found.file.url) == ("", "https://files.example.com/1.png")


@pytest.mark.parametrize(
    "event",
    [
        *(None, 1, "message", [], {}, {"type": "message"}, {"type": "novelty", "mid": 1}),
        {"type": "message", "mid": 1, "message": "from nobody"},
        {"type": "message", "from": "ana", "message": "without a number"},
        {"type": "message", "from": "ana", "mid": True, "message": "x"},
        {"type": "message", "from": "ana", "mid": 2**70, "message": "x"},
        {"type": "message", "from": "ana", "mid": "1e3", "message": "x"},
        {"type": "message", "from": ["ana"], "mid": 1, "message": "x"},
        {"type": "message", "from": "ana", "mid": 1, "message": None},
        {"type": "user", "user": None, "status": "offline"},
        {"type": "user", "user": {"address": "ana"}, "status": "dancing"},
    ],
)
def test_what_cannot_be_read_is_told_from_what_can(event: object) -> None:
    assert webhook.parse_event(event) is None
