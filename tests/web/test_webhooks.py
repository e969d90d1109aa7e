"""A program that is told by webhook hears of everything once, signed and in order, and answers with one function."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from tests import api, bots, services
from tests.receiver import TAKEN, Answer, Delivery, Receiver
from tests.web import team_setup
from widget import fetch
from widget.webhooks import request

pytestmark = pytest.mark.any_database


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with services.closing(Receiver()) as found:
        yield found


def texts(events: list[dict[str, object]]) -> list[str]:
    """What these events say, and of messages the words."""
    return [str(it["data"].get("message", {}).get("body") or it["type"]) for it in events]  # type: ignore[attr-defined]


def test_a_receiver_is_told_signed_numbered_and_in_order_and_its_answer_is_the_bots(
    server: services.ChatServer, ada: api.Person, ana: api.Person, receiver: Receiver
) -> None:
    name = f"Polly {ada.id}"
    secret = bots.add_webhook(server, receiver.url, name=name)

    def answer(delivery: Delivery) -> Answer:
        if delivery.event["type"] != "message.created" or delivery.event["data"]["message"]["sender"]["id"] != ada.id:
            return TAKEN
        sent = delivery.event["data"]["message"]["body"]
        return 200, {}, json.dumps({"messages": [{"body": f"You wrote {sent}."}, {"body": "Anything else?"}]})

    receiver.answer = answer
    with services.closing(ada.listen()) as stream:
        where = ada.send("hello").json()["conversation"]
        while stream.next("message").data["body"] != "Anything else?":
            pass
    replies = ada.history(where)[1:]
    assert [(it["body"], it["sender"]["name"]) for it in replies] == [
        ("You wrote hello.", name),
        ("Anything else?", name),
    ]
    team_setup.change(ana, where, assignee="me")
    sent = ana.send("I can help", where).json()
    ana.request("PATCH", f"/w/messages/{sent['id']}", json={"body": "I can help you"})
    team_setup.note(ana, where, "not for bots")
    team_setup.change(ana, where, status="resolved")
    team_setup.change(ana, where, status="open")
    events = receiver.wait(where, 7)
    types = ["conversation.created", "message.created", "conversation.assigned", "message.created", "message.updated"]
    assert [it["type"] for it in events] == [*types, "conversation.resolved", "conversation.reopened"]
    assert [it["data"]["number"] for it in events] == list(range(1, 8))
    assert events[2]["data"]["assignee"]["name"] == "Ana"
    assert events[4]["data"]["message"]["body"] == "I can help you"
    assert "not for bots" not in str(events)
    for it in receiver.deliveries:
        sent = it.headers
        again = request.headers(it.event["id"], it.text, secret, int(sent["webhook-timestamp"]))
        assert again.items() >= {name: value for name, value in sent.items() if name.startswith("webhook-")}.items()


def test_what_is_refused_or_redirected_comes_again_and_holds_up_no_other_conversation_and_no_other_receiver(
    server: services.ChatServer, ada: api.Person, bob: api.Person, receiver: Receiver
) -> None:
    elsewhere, let_go = ada.conversation, threading.Event()
    tries: list[Delivery] = []

    def answer(delivery: Delivery) -> Answer:
        if delivery.event["data"]["conversation"]["id"] != elsewhere:
            return TAKEN
        tries.append(delivery)
        if len(tries) == 1:
            return 302, {"Location": receiver.url}, ""
        if len(tries) == 2:
            return 500, {}, json.dumps({"messages": [{"body": "never"}]})
        return TAKEN

    def slow(_delivery: Delivery) -> Answer:
        let_go.wait(services.PATIENCE)
        return TAKEN

    with services.closing(Receiver()) as late:
        late.answer, receiver.answer = slow, answer
        for url in (late.url, receiver.url):
            bots.add_webhook(server, url, "--event", "message.created")
        for person, words in ((ada, "one"), (ada, "two"), (bob, "apart")):
            person.send(words)
        assert texts(receiver.wait(bob.conversation, 1)) == ["apart"]
        assert texts(receiver.wait(elsewhere, 4)) == ["one", "one", "one", "two"]
        assert len({(it.event["id"], it.text) for it in tries[:3]}) == 1  # each time the very same
        assert [it["body"] for it in ada.history()] == ["one", "two"]
        let_go.set()
        assert texts(late.wait(elsewhere, 2)) == ["one", "two"]


def test_an_owner_makes_a_bot_in_the_settings_and_has_a_delivery_repeated(
    server: services.ChatServer, ada: api.Person, receiver: Receiver
) -> None:
    owner = team_setup.agent(server, "Olga", role="owner")
    wanted = {"name": f"Polly {ada.id}", "scopes": ["read"], "picture": "https://example.com/polly.png"}
    made = owner.post("/inbox/settings/bots", json=wanted | {"url": receiver.url})
    shape = made.json()
    token = shape["made"]["token"]
    bot = next(it for it in shape["bots"] if it["name"] == wanted["name"])
    assert bot["picture"] == wanted["picture"]
    assert api.Person(server.url, {"Authorization": f"Bearer {token}"}).get("/w/conversations").ok
    where = ada.send("hello").json()["conversation"]
    [_begun, first] = receiver.wait(where, 2)

    hook = f"/inbox/settings/bots/{bot['id']}/webhooks/{bot['webhooks'][0]['id']}"

    def deliveries() -> list[dict[str, str]]:
        found = owner.get(hook).json()["deliveries"]
        return [it for it in found if it["event"] == first["id"] and it["state"] == "taken"]

    found = services.wait_for(deliveries, "the delivery's state")[0]
    assert json.loads(found["body"]) == first
    again = owner.post(f"{hook}/deliveries/{found['id']}", headers={"Accept": "text/html", "HX-Request": "true"})
    assert "Is tried again" in again.text
    assert receiver.wait(where, 3)[-1] == first
    assert owner.get(f"{hook}?before={found['id']}").json()["deliveries"][0]["type"] == "conversation.created"
    shown = owner.get("/inbox/settings/bots")
    assert shown.json()["made"] is None  # once
    pages = [owner.get(it, headers={"Accept": "text/html"}).text for it in ("/inbox/settings/bots", hook)]
    assert ["Deliver again" in it for it in pages] == [False, True]
    assert token not in str(pages)
    chosen = {"url": "https://example.com/hook", "type_rating.created": "1", "type_call.ended": "1"}
    added = owner.post(f"/inbox/settings/bots/{bot['id']}/webhooks", data=chosen).json()["bots"]
    hooks = next(it for it in added if it["id"] == bot["id"])["webhooks"]
    assert {"rating.created", "call.ended"} in [set(it["types"]) for it in hooks]
    assert owner.request("DELETE", f"/inbox/settings/bots/{bot['id']}/token").ok
    assert api.Person(server.url, {"Authorization": f"Bearer {token}"}).get("/w/conversations").status_code == 401
    assert owner.request("DELETE", f"/inbox/settings/bots/{bot['id']}").ok


def test_a_webhook_leads_to_public_addresses_only_and_its_signature_is_the_standards() -> None:
    for url in ("http://127.0.0.1/", "http://[::1]/", "http://10.0.0.7/", "http://example.com:22/", "http://x:y@a.b/"):
        with pytest.raises(fetch.Unfetched):
            fetch.post(url, b"{}", {}, 100, 3)
    # The example of the standard's own libraries.
    signed = request.headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        '{"test": 2432232314}',
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        1614265330,
    )
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
