"""Forms that the settings hold: asked before the first message, opened by a page, listed, exported, inserted."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from requests import Response

from tests import api, bots, services
from tests.receiver import receiver
from tests.web import group_setup, team_setup

pytestmark = pytest.mark.any_database

Form = dict[str, Any]

FEEDBACK: Form = {
    "type": "form",
    "title": "How did we do?",
    "fields": [
        {"name": "stars", "label": "How was it?", "kind": "rating", "required": True},
        {"name": "words", "label": "Anything else", "kind": "textarea"},
    ],
}
PRECHAT: Form = {
    "type": "form",
    "title": "Before we begin",
    "fields": [
        {"name": "name", "label": "Name", "kind": "text"},
        {"name": "mail", "label": "E-mail", "kind": "email", "required": True},
    ],
}
OPTIONS: Form = {"type": "options", "options": [{"title": "Tea"}, {"title": "Coffee", "value": "c"}]}


@pytest.fixture
def owner(server: services.ChatServer) -> api.Person:
    return team_setup.agent(server, "Olga", role="owner")


@pytest.fixture
def forms(owner: api.Person) -> Iterator[str]:
    """The beginning of the names of this test's forms, which are gone after it."""
    prefix = f"t{uuid.uuid4().hex[:8]}"
    yield prefix
    for name in ("prechat", *(it["name"] for it in listed(owner) if it["name"].startswith(prefix))):
        owner.request("DELETE", f"/inbox/settings/forms/{name}")


def listed(person: api.Person) -> list[Form]:
    found: list[Form] = person.get("/inbox/settings/forms").json()["forms"]
    return found


def put(owner: api.Person, name: str, content: Form) -> None:
    answer = owner.request("PUT", f"/inbox/settings/forms/{name}", json={"content": content})
    assert answer.status_code == 200, answer.text


def fill_in(person: api.Person, name: str, values: Any, client_id: str = "") -> Response:
    given = {"values": values, "client_id": client_id or str(uuid.uuid4())}
    return person.post(f"/w/forms/{name}/answer", json=given)


def test_a_form_by_itself_is_answered_once_labelled_told_listed_and_exported(
    server: services.ChatServer, ada: api.Person, bob: api.Person, ana: api.Person, owner: api.Person, forms: str
) -> None:
    put(owner, forms, FEEDBACK)
    shape = ada.get(f"/w/forms/{forms}").json()
    assert (shape["title"], shape["known"]) == ("How did we do?", {})
    with receiver() as hook:
        bots.add_webhook(server, hook.url, "--event", "form.submitted")
        with services.closing(ana.listen()) as inbox:
            client_id = str(uuid.uuid4())
            values = {"stars": 4, "words": "=1+1"}
            first, again = (fill_in(ada, forms, values, client_id) for _ in range(2))
            assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, first.json()["id"])
            assert inbox.next("message", about=first.json()["id"]).data["body"] == first.json()["body"]
        where = first.json()["conversation"]
        assert first.json()["body"] == "How did we do?\nHow was it? 4 / 5\nAnything else: =1+1"
        assert first.json()["answer"] == {"form": forms, "values": values}
        told = hook.wait(where, 1)[0]["data"]
        assert (told["form"], told["values"]) == ({"name": forms, "title": "How did we do?"}, values)
    assert group_setup.entry(ana, where)["labels"] == [forms]
    team_setup.change(ana, where, labels=["urgent", forms])
    assert fill_in(ada, forms, {"stars": 1}).ok
    assert sorted(group_setup.entry(ana, where)["labels"]) == [forms, "urgent"]
    assert fill_in(bob, forms, {"stars": 5}).ok

    page = ana.get(f"/inbox/settings/forms/{forms}").json()
    assert [it["values"]["stars"] for it in page["answers"]] == [5, 1, 4]
    assert page["answers"][2]["shown"] == [["How was it?", "4 / 5"], ["Anything else", "=1+1"]]
    assert next(it["answers"] for it in listed(ana) if it["name"] == forms) == 3
    shown = ana.get(f"/inbox/settings/forms/{forms}", headers={"Accept": "text/html"}).text
    assert f'href="/inbox/{where}"' in shown
    # Other questions now; what was answered before is not lost. One answer is deleted, one visitor gone for good.
    put(owner, forms, FEEDBACK | {"fields": FEEDBACK["fields"][:1]})
    assert bob.request("DELETE", "/w/people/me").ok
    table = list(csv.reader(io.StringIO(ana.get(f"/inbox/settings/forms/{forms}.csv").text)))
    assert table[0] == ["time", "conversation", "visitor", "email", "stars", "other"]
    assert [row[1:] for row in table[1:]] == [
        [where, "Ada", "", "1", ""],
        [where, "Ada", "", "4", '{"words": "=1+1"}'],
    ]
    owner.request("DELETE", f"/inbox/settings/forms/{forms}")
    assert ada.get(f"/w/forms/{forms}").status_code == 404
    assert len(ana.get(f"/inbox/settings/forms/{forms}").json()["answers"]) == 2


def test_answers_are_listed_in_pages_and_a_formula_stays_text(
    server: services.ChatServer, ana: api.Person, owner: api.Person, forms: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(owner, forms, FEEDBACK)
    visitors = [api.visitor(server.url, name=f"@Eve {it}") for it in range(3)]
    for number in range(51):
        answer = fill_in(visitors[number % 3], forms, {"stars": 1, "words": f"=cmd {number}"})
        assert answer.status_code == 201, answer.text
    first = ana.get(f"/inbox/settings/forms/{forms}").json()
    rest = ana.get(f"/inbox/settings/forms/{forms}", params={"after": first["next"]}).json()
    assert (len(first["answers"]), len(rest["answers"]), rest["next"]) == (50, 1, None)
    assert rest["answers"][0]["values"]["words"] == "=cmd 0"
    assert ana.get(f"/inbox/settings/forms/{forms}", params={"after": "x"}).status_code == 400
    table = list(csv.reader(io.StringIO(ana.get(f"/inbox/settings/forms/{forms}.csv").text)))
    assert len(table) == 52
    assert table[-1][2].startswith("'@Eve 0")
    assert table[-1][5] == "'=cmd 0"


def test_what_is_asked_first_is_not_asked_of_whom_it_is_known_and_says_who_they_are(
    server: services.ChatServer, ana: api.Person, owner: api.Person, forms: str
) -> None:
    def popup(person: api.Person) -> str:
        return person.post("/w/session", json={}, headers={"Accept": "text/html"}).text

    new, asked = api.visitor(server.url), 'data-testid="prechat"'
    assert asked not in popup(new)
    put(owner, "prechat", PRECHAT)
    assert asked in popup(new)
    assert asked not in popup(api.visitor(server.url, name="Ada", email="ada@example.com"))
    half = api.visitor(server.url, name="Ada")
    assert half.get("/w/forms/prechat").json()["known"] == {"name": "Ada"}
    assert asked in popup(half)
    wrong = fill_in(new, "prechat", {"name": "Nora", "mail": "nowhere"})
    assert (wrong.status_code, wrong.json()["reason"]) == (422, "values.mail must be an e-mail address.")
    answered = fill_in(new, "prechat", {"name": "Nora", "mail": "nora@example.com"})
    assert answered.status_code == 201, answered.text
    entry = group_setup.entry(ana, answered.json()["conversation"])
    assert (entry["title"], entry["labels"]) == ("Nora", [])
    assert asked not in popup(new)
    assert fill_in(half, "prechat", {"name": "Eve", "mail": "eve@example.com"}).ok
    assert group_setup.entry(ana, half.conversation)["title"] == "Ada"  # the page has told it
    owner.request("DELETE", "/inbox/settings/forms/prechat")
    assert asked not in popup(api.visitor(server.url))


def test_agents_insert_what_the_settings_hold_and_its_answers_are_listed_too(
    server: services.ChatServer, ada: api.Person, ana: api.Person, owner: api.Person, forms: str
) -> None:
    put(owner, forms, FEEDBACK)
    put(owner, f"{forms}-drinks", OPTIONS)
    names = [it["name"] for it in ana.get("/w/forms").json()["forms"]]
    assert {"feedback", forms, f"{forms}-drinks"} <= set(names)
    where = ada.send("hello").json()["conversation"]
    path = f"/w/conversations/{where}/messages"
    sent = [ana.post(path, json={"form": it, "client_id": str(uuid.uuid4())}) for it in (forms, f"{forms}-drinks")]
    assert [it.status_code for it in sent] == [201, 201], [it.text for it in sent]
    assert sent[0].json()["content"]["fields"] == [
        FEEDBACK["fields"][0] | {"max": 5},
        FEEDBACK["fields"][1] | {"required": False},
    ]
    given = {"values": {"stars": 2}, "client_id": str(uuid.uuid4())}
    assert ada.post(f"/w/messages/{sent[0].json()['id']}/answer", json=given).status_code == 201
    assert [it["values"] for it in ana.get(f"/inbox/settings/forms/{forms}").json()["answers"]] == [{"stars": 2}]
    refused = [
        ana.post(path, json={"form": "nothing", "client_id": str(uuid.uuid4())}),
        ada.post(path, json={"form": forms, "client_id": str(uuid.uuid4())}),
        ada.get("/w/forms"),
    ]
    assert [it.status_code for it in refused] == [404, 403, 403]


def test_a_form_that_does_not_fit_is_refused_with_the_path_of_what_is_wrong(
    ada: api.Person, ana: api.Person, owner: api.Person, forms: str
) -> None:
    one = {"name": "a", "label": "A", "kind": "text"}
    wrong: list[tuple[str, Any, str]] = [
        ("x", FEEDBACK | {"fields": [one, one]}, "content.fields must be fields with a different name each."),
        ("x", FEEDBACK | {"fields": [one | {"kind": "color"}]}, "content.fields[0].kind must be text, textarea,"),
        ("x", FEEDBACK | {"title": ""}, "content.title must be text of at most 120 characters."),
        ("x", FEEDBACK | {"name": "y"}, "content.name is not known."),
        ("x", {"type": "cards", "cards": [{"title": "A"}]}, "content.type must be form or options."),
        ("prechat", OPTIONS, "content.type must be form."),
        ("x", None, "content must be an object."),
        ("Näme", FEEDBACK, "name must be small letters, digits and hyphens, at most 40."),
    ]
    for name, content, reason in wrong:
        answer = owner.request("PUT", f"/inbox/settings/forms/{name}", json={"content": content})
        assert answer.status_code == 422, (name, content, answer.text)
        assert answer.json()["reason"].startswith(reason), answer.json()
    put(owner, forms, FEEDBACK)
    again = owner.post("/inbox/settings/forms", json={"name": forms, "content": FEEDBACK})
    assert (again.status_code, "already" in again.json()["reason"]) == (422, True)
    assert ana.request("PUT", f"/inbox/settings/forms/{forms}", json={"content": FEEDBACK}).status_code == 403
    refused = [
        (fill_in(ada, forms, {"stars": 9}), 422, "values.stars must be no more than 5."),
        (fill_in(ada, forms, {}), 422, "values.stars must be filled in."),
        (fill_in(ada, forms, []), 422, "values must be an object."),
        (fill_in(ada, forms, {"stars": 1, "x": 1}), 422, "values.x is not known."),
        (fill_in(ada, forms, {"stars": 1}, "x"), 422, "client_id must be a UUID."),
        (fill_in(ana, forms, {"stars": 1}), 403, "Visitors fill in forms; the team reads them."),
        (fill_in(ada, "nothing", {}), 404, "There is no form of this name."),
    ]
    for answer, status, reason in refused:
        assert (answer.status_code, answer.json()["reason"]) == (status, reason)
