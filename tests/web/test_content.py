"""A message that offers something is answered with one click, once, and rests in every tab."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from requests import Response

from tests import api, bots, services
from tests.receiver import receiver
from tests.web import group_setup, team_setup

pytestmark = pytest.mark.any_database

OPTIONS = {"type": "options", "options": [{"title": "Tea", "value": "t"}, {"title": "Coffee", "value": "c"}]}
FORM = {
    "type": "form",
    "title": "Feedback",
    "fields": [
        {"name": "mail", "label": "E-mail", "kind": "email", "required": True},
        {"name": "stars", "label": "How was it?", "kind": "rating"},
    ],
}


def offer(person: api.Person, where: str, content: Any, **fields: Any) -> Response:
    given = {"client_id": str(uuid.uuid4()), "content": content} | fields
    return person.post(f"/w/conversations/{where}/messages", json=given)


def answer(person: api.Person, message: str, client_id: str = "", **fields: Any) -> Response:
    return person.post(f"/w/messages/{message}/answer", json={"client_id": client_id or str(uuid.uuid4())} | fields)


def test_options_are_chosen_once_told_with_their_value_and_rest_in_every_tab(
    server: services.ChatServer, ada: api.Person, ana: api.Person
) -> None:
    bot = bots.add(server)
    where = ada.send("hello").json()["conversation"]
    asked = offer(bot, where, OPTIONS, body="What do you drink?")
    assert asked.status_code == 201, asked.text
    message = asked.json()["id"]
    ana.get(f"/w/conversations/{where}")
    with (
        services.closing(bot.listen()) as program,
        services.closing(ada.listen(as_json=False)) as tab,
        services.closing(ana.listen(as_json=False)) as inbox,
    ):
        client_id = str(uuid.uuid4())
        first, again = (answer(ada, message, client_id, value="c") for _ in range(2))
        assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, first.json()["id"])
        heard = program.next("message").data
        assert (heard["body"], heard["answer"]) == ("Coffee", {"message": message, "value": "c"})
        for stream in (tab, inbox):
            rests = stream.next("message-update").data
            assert rests.count(" disabled") == 2
            assert 'aria-pressed="true"' in rests.partition("Coffee")[0].rpartition("<button")[2]
    refused = [answer(ada, message, value="t"), answer(ana, message, value="t")]
    assert [(it.status_code, it.json()["error"]) for it in refused] == [(409, "conflict"), (403, "forbidden")]
    assert [it["body"] for it in ada.history(where)] == ["hello", "What do you drink?", "Coffee"]
    bot.request("DELETE", f"/w/messages/{message}")
    assert "content" not in ada.get(f"/w/messages/{message}").json()


def test_a_form_is_filled_in_in_the_conversation_and_its_webhook_tells_the_values(
    server: services.ChatServer, ada: api.Person, ana: api.Person
) -> None:
    with receiver() as hook:

        def ask(delivery: Any) -> tuple[int, dict[str, str], str]:
            first = delivery.event["type"] == "conversation.created"
            return 200, {}, json.dumps({"messages": [{"content": FORM}]} if first else {})

        hook.answer = ask
        bots.add_webhook(server, hook.url, "--event", "conversation.created", "--event", "form.submitted")
        with services.closing(ada.listen()) as stream:
            where = ada.send("hello").json()["conversation"]
            while (asked := stream.next("message").data)["body"] != "Feedback\n• E-mail\n• How was it?":
                pass
        page = ada.get(f"/w/conversations/{where}", headers={"Accept": "text/html"}).text
        assert all(
            it in page for it in ('data-testid="form"', 'type="email"', 'value="5"', 'data-testid="form-submit"')
        )
        assert page.count("• E-mail") == 1  # the words that stand for it elsewhere: here a button is named after them
        wrong = answer(ada, asked["id"], values={"mail": "a@b.c", "stars": 9})
        assert (wrong.status_code, wrong.json()["reason"]) == (422, "values.stars must be no more than 5.")
        answered = answer(ada, asked["id"], values={"mail": "a@b.c", "stars": 4}).json()
        submitted = hook.wait(where, 2)[-1]
        assert (submitted["type"], submitted["data"]["values"]) == ("form.submitted", {"mail": "a@b.c", "stars": 4})
        assert submitted["data"]["form"] == {"message": asked["id"], "title": "Feedback"}
        assert submitted["data"]["message"]["id"] == answered["id"]
    for person in (ada, ana):
        page = person.get(f"/w/messages/{asked['id']}", headers={"Accept": "text/html"}).text
        assert "4 / 5" in page
        assert "<form" not in page
    assert [it["id"] for it in ana.get(f"/w/search?q=a@b.c&conversation={where}").json()["messages"]] == [
        answered["id"]
    ]


def test_only_the_team_offers_and_only_what_fits(ada: api.Person, ana: api.Person) -> None:
    where = ada.send("hello").json()["conversation"]
    plain = ada.history(where)[0]["id"]
    refusals = [
        offer(ada, where, OPTIONS),
        offer(ana, where, {"type": "form", "title": "x", "fields": [{"name": "a", "label": "A", "kind": "x"}]}),
        offer(ana, where, OPTIONS, private=True),
        ana.post(f"/w/conversations/{where}/messages", data={"client_id": group_setup.UUID, "content": "{"}),
        answer(ada, plain, value="x"),
        answer(ana, team_setup.note(ana, where, "x")["id"], value="x"),
    ]
    assert [it.status_code for it in refusals] == [403, 422, 422, 422, 422, 422], [it.text for it in refusals]
    assert refusals[1].json()["reason"].startswith("content.fields[0].kind must be text, textarea,")
    asked = offer(ana, where, OPTIONS | {"multiple": True}).json()["id"]
    assert answer(ada, asked, value="t").status_code == 422
    assert answer(ada, asked, values=["t", "x"]).json()["reason"].startswith("values[1] must be")
    assert answer(ada, asked, values=["c", "t"]).json()["body"] == "Coffee, Tea"
