"""The outbox of webhooks, told what time it is: order, patience, giving up. On both databases, without a receiver."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.receiver import receiver
from tests.unit import team_scene
from widget import db
from widget.chat.errors import Unprocessable
from widget.chat.users import bots
from widget.models import Webhook, WebhookDelivery, now
from widget.webhooks import delivery, outbox, subscriptions
from widget.webhooks.outbox import Outcome

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture(scope="module")
def environ() -> dict[str, str]:
    return {"WEBHOOKS_PRIVATE": "on"}


REFUSED, TAKEN = Outcome(500, "it answers 500"), Outcome(204, None)


class Clock:
    """The outbox's time, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.later = timedelta()
        monkeypatch.setattr(outbox, "now", lambda: now() + self.later)

    def goes_on(self, **by: float) -> None:
        self.later += timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def _webhook(name: str) -> Webhook:
    return subscriptions.add(bots.add(name)[0], "https://example.com/hook", ["message.created"])


def _due(webhook: Webhook) -> list[WebhookDelivery]:
    return outbox.due(webhook.id, [], 100)


def test_an_event_that_is_not_taken_holds_up_its_conversation_for_a_minute_and_is_given_up_after_a_day(
    clock: Clock,
) -> None:
    webhook = _webhook("Order")
    first, second = team_scene.chat(), team_scene.chat()
    bodies = {first.asks(words).id: words for words in ("one", "two", "three")} | {second.asks("apart").id: "apart"}

    def due() -> list[str]:
        return [bodies[it.message_id or ""] for it in _due(webhook)]

    assert due() == ["one", "apart"]
    poisoned, apart = _due(webhook)
    assert outbox.settle(apart, TAKEN) == "taken"
    states = []
    for _ in range(8):  # quick tries at first
        states.append(outbox.settle(poisoned, REFUSED))
        if states[-1] == "aside":
            break
        assert due() == []
        clock.goes_on(seconds=90 if len(states) > 6 else 2 ** len(states))
        [poisoned] = _due(webhook)
    assert states == ["waiting"] * (len(states) - 1) + ["aside"]
    assert len(states) > 4
    assert due() == ["two"]
    for _ in range(2):
        assert outbox.settle(_due(webhook)[0], TAKEN) == "taken"
    assert [it.number for it in outbox.page(webhook) if it.conversation_id == first.id] == [3, 2, 1]
    clock.goes_on(hours=2)
    assert due() == ["one"]
    assert outbox.settle(_due(webhook)[0], REFUSED) == "aside"
    clock.goes_on(hours=23)
    assert outbox.settle(_due(webhook)[0], REFUSED) == "failed"
    clock.goes_on(days=2)
    assert due() == []
    outbox.repeat(webhook, poisoned.id)
    assert due() == ["one"]
    assert outbox.settle(_due(webhook)[0], TAKEN) == "taken"


def test_a_bot_whose_webhook_refuses_hands_over_after_quick_tries_and_its_late_answer_is_noted(clock: Clock) -> None:
    with receiver() as hook:
        hook.answer = lambda _delivery: (500, {}, "")
        bot = bots.add("First")[0]
        bots.set_first_responder("First", True)
        webhook = subscriptions.add(bot, hook.url, ["message.created"])
        chat = team_scene.chat()
        chat.asks()
        assert chat.row.assignee_id == bot.id
        bots.set_first_responder("First", False)
        tries = 0
        while chat.row.assignee_id == bot.id:
            tries += 1
            assert delivery.deliver(_due(webhook)[0]) == "waiting"
            clock.goes_on(seconds=9)
        assert (tries, chat.lines()) == (4, ["bot-failed"])
        hook.answer = lambda _delivery: (200, {}, '{"messages": [{"body": "here I am"}]}')
        assert delivery.deliver(_due(webhook)[0]) == "taken"
        assert "Somebody else answers" in (outbox.page(webhook)[0].reason or "")


def test_what_was_delivered_long_ago_is_forgotten_and_the_numbers_go_on(clock: Clock) -> None:
    webhook, chat = _webhook("Tidy"), team_scene.chat()
    for words in ("one", "two"):
        chat.asks(words)
        outbox.settle(_due(webhook)[0], TAKEN)
    assert outbox.delete_old() == 0
    clock.goes_on(days=8)
    outbox.delete_old()
    assert [it.number for it in outbox.page(webhook)] == [2]
    chat.asks("three")
    assert [it.number for it in _due(webhook)] == [3]
    with db.transaction() as session:  # what a transaction does not keep, nobody is told
        outbox.add(session, "message.created", chat.id)
        session.rollback()
    assert len(_due(webhook)) == 1


@pytest.mark.parametrize(
    ("url", "types"),
    [
        ("ftp://example.com/", ["message.created"]),
        ("example.com", ["message.created"]),
        ("https://me:word@example.com/", ["message.created"]),
        ("https://example.com/" + "x" * 2000, ["message.created"]),
        ("https://example.com/", ["message.sent"]),
        ("https://example.com/", []),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(url: str, types: list[str]) -> None:
    with pytest.raises(Unprocessable):
        subscriptions.check(url, types)
