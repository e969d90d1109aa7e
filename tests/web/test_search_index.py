"""The index behind the search: every script, parts of words, pages, people; kept as messages are written."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest

from tests import api, services
from tests.web import database_inspection
from tests.web.searching import found, search
from widget import create_app, settings
from widget.chat import backfills

KINDS = [
    ("part of a word", "the teapots arrived", "apot"),
    ("several words, in any order", "a blue teapot for Carla", "carla teap"),
    ("two Chinese characters", "请给我退款谢谢", "退款"),
    ("Chinese within Latin", "我的iPhone手机坏了", "iphone手机"),
    ("Russian", "Мой заказ не пришёл", "пришел"),
    ("Korean", "주문이 안 왔어요", "주문"),
    ("Arabic", "أين طلبي؟", "طلبي"),
    ("an accent that is composed", "un café noir", "cafe\u0301"),
    ("sharp s", "in der Hauptstraße", "STRASSE"),
    ("full width", "ＡＢＣ１２３", "abc123"),
    ("dotted capital I", "İstanbul'da", "istanbul"),
    ("Thai", "ยังไม่ได้รับสินค้า", "สินค้า"),
    ("two letters", "ok then", "ok"),
    ("an emoji", "thanks 🫖🫖", "🫖🫖"),
    ("a quotation mark", 'the "blue" one', '"blue"'),
]


@pytest.mark.parametrize(("body", "question"), [it[1:] for it in KINDS], ids=[it[0] for it in KINDS])
def test_it_is_found_by_the_visitor_and_by_the_team(
    body: str, question: str, visitor: api.Person, agent: api.Person
) -> None:
    visitor.send("something else")
    visitor.send(body)
    assert found(visitor, question) == [body]
    assert body in found(agent, question)


def test_pages_of_what_was_found_have_each_message_once(visitor: api.Person, agent: api.Person) -> None:
    word = f"paged{visitor.id}"
    for number in range(65):
        visitor.send(f"{word} {number}")
    for person in (visitor, agent):
        bodies: list[str] = []
        before: dict[str, str] = {}
        while True:
            page = search(person, word, **before).json()
            bodies += [it["body"] for it in page["messages"]]
            if page["next"] is None:
                break
            before = {"before": page["next"]}
        assert bodies == [f"{word} {number}" for number in range(64, -1, -1)]


def test_the_team_finds_people_by_name_mail_and_id_and_visitors_find_none(
    server: services.ChatServer, agent: api.Person
) -> None:
    carla = api.visitor(server.url, name="Carla Núñez", email="c.n@example.com")
    for question in ("carla nunez", "c.n@exam", carla.id[:10]):
        assert carla.id in [it["id"] for it in search(agent, question).json()["people"]]
    assert "people" not in search(carla, "carla").json()
    carla.request("POST", "/w/session", json={"name": "Renata"})
    assert carla.id not in [it["id"] for it in search(agent, "carla nunez").json()["people"]]
    assert carla.id in [it["id"] for it in search(agent, "renata").json()["people"]]


def test_a_file_is_found_by_its_name(visitor: api.Person, agent: api.Person) -> None:
    name = f"Grüße-{visitor.id}.txt"
    metadata = "filename " + base64.b64encode(name.encode()).decode()
    begun = visitor.request("POST", "/w/uploads", headers={"Upload-Length": "5", "Upload-Metadata": metadata})
    place = begun.headers["Location"]
    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert visitor.request("PATCH", place, data=b"hello", headers=headers).status_code == 204
    where = f"/w/conversations/{visitor.conversation}/messages"
    sent = visitor.post(where, json={"body": "", "client_id": str(uuid.uuid4()), "upload": place.rpartition("/")[2]})
    assert sent.status_code == 201, sent.text
    hit: dict[str, Any] = search(agent, f"grusse-{visitor.id}").json()["messages"][0]
    assert hit["attachment"]["name"] == name
    assert hit["excerpt"][1] == f"Grüße-{visitor.id}"


def test_what_was_there_before_the_index_is_found_once_it_was_indexed_in_steps(
    server: services.ChatServer, visitor: api.Person, agent: api.Person
) -> None:
    word = f"old{visitor.id}"
    for number in range(60):
        visitor.send(f"{word} {number}")
    gone = f"DELETE FROM message_search WHERE conversation_id = '{visitor.conversation}'"
    database_inspection.run(server, gone)
    database_inspection.run(server, "INSERT INTO backfills (name, cursor) VALUES ('message_search', '')")
    assert found(agent, word) == []
    app = create_app(settings.from_environ(server.environ))
    with app.app_context():
        while backfills.are_left():
            backfills.step()
    assert found(agent, word)[0] == f"{word} 59"
    assert len(found(agent, word)) == 30
