"""Personal data: somebody gets all that is known of them, and it is deleted wherever it was kept."""

from __future__ import annotations

import io
import json
import uuid
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests import api, services
from tests.unit import drawing
from tests.web import database_inspection, file_requests, group_setup, team_setup


@dataclass
class Scene:
    """A visitor who left traces wherever one can, and who else was there."""

    person: api.Person
    friend: api.Person
    group: str
    email: str
    own: str
    secret: str
    """What only they have told, in words, names and addresses."""

    @property
    def traces(self) -> list[str]:
        return [self.secret, self.email, self.own]


@pytest.fixture
def scene(server: services.ChatServer, ana: api.Person) -> Scene:
    secret = f"kumquat{uuid.uuid4().hex[:8]}"
    email = f"{uuid.uuid4().hex}@example.com"
    person = api.visitor(server.url, name=f"Vera {secret}", email=email)
    friend = api.visitor(server.url, name="Friend")
    person.post("/w/session", json={"plan": f"{secret} plus"})
    own = person.send(f"my {secret} is broken").json()["conversation"]
    assert file_requests.post(person, f"{secret}.jpg", drawing.photo(), own).status_code == 201
    ana.send(f"Which {secret}?", own)
    team_setup.note(ana, own, f"a {secret} again")
    assert ana.post(f"/w/people/{person.id}/notes", json={"body": f"likes {secret} again"}).status_code == 201
    assert ana.request("PATCH", f"/w/people/{person.id}", json={"name": f"Vera {secret}x"}).status_code == 200
    group = group_setup.group(person, friend, title="Tea")
    answered = person.send(f"{secret} for everybody", group).json()["id"]
    file_requests.post(person, f"{secret}.txt", secret.encode(), group)
    friend.post(
        f"/w/conversations/{group}/messages",
        json={"body": "Me too", "client_id": str(uuid.uuid4()), "reply_to": answered},
    )
    person.request("PUT", f"/w/messages/{friend.history(group)[-1]['id']}/reaction", json={"emoji": "👍"})
    person.post(
        "/w/uploads",
        headers={"Upload-Length": "3", "Upload-Metadata": f"filename {b64encode(secret.encode()).decode()}"},
    )
    person.request("PATCH", "/w/session", json={"page": f"https://shop.example/{secret}", "screen": "phone"})
    with database_inspection.redis_of(server) as redis:
        redis.set(f"chat:proof:{person.id}", json.dumps({"address": email, "sealed": "…"}), ex=60)
    database_inspection.at_rest(server)
    return Scene(person, friend, group, email, own, secret)


def left(server: services.ChatServer, traces: list[str]) -> list[str]:
    """Where one of these still is: in the database, in its file, in Redis, or in the storage."""
    found = []
    for table, rows in database_inspection.contents(server).items():
        if table != "audit":  # it says that somebody of this id was erased
            found += [f"{table}: {row}" for row in rows if any(it.lower() in repr(row).lower() for it in traces)]
    with database_inspection.redis_of(server) as redis:
        readers = {
            b"stream": redis.xrange,
            b"string": redis.get,
            b"list": lambda key: redis.lrange(key, 0, -1),
            b"hash": redis.hgetall,
            b"set": redis.smembers,
            b"zset": lambda key: redis.zrange(key, 0, -1),
        }
        for key in redis.scan_iter("*"):
            content = repr(readers[kind](key)) if (kind := redis.type(key)) in readers else ""
            known = traces if key.endswith(b":log") else traces[:2]  # elsewhere an id of theirs says nothing
            found += [f"{key!r}: {it}" for it in known if it in content]
    url = server.environ["DATABASE_URL"]
    if url.startswith("sqlite"):
        for file in Path(url.partition(":///")[2]).parent.iterdir():
            content = file.read_bytes().decode("latin-1")
            found += [f"{file.name}: {it}" for it in traces if it in content]
    found += [f"storage: {it}" for it in file_requests.stored(server) if traces[0].encode() in it.read_bytes()]
    return found


def read_archive(content: bytes) -> tuple[dict[str, object], str, list[str]]:
    """The JSON, the page, and the names of all entries."""
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return json.loads(archive.read("data.json")), archive.read("index.html").decode(), archive.namelist()


def test_a_visitor_gets_all_that_is_known_of_them_and_nobody_elses(
    server: services.ChatServer, scene: Scene, ana: api.Person, stranger: api.Person, tmp_path: Path
) -> None:
    own = scene.person.get("/w/people/me/export")
    assert own.headers["Content-Type"] == "application/zip"
    data, page, names = read_archive(own.content)
    assert data["person"]["email"] == scene.email  # type: ignore[index]
    conversations = {it["id"]: it for it in data["conversations"]}  # type: ignore[attr-defined]
    assert set(conversations) == {scene.own, scene.group}
    bodies = [it["body"] for it in conversations[scene.own]["messages"]]
    assert bodies == [f"my {scene.secret} is broken", "", f"Which {scene.secret}?"]
    assert f"{scene.secret} again" not in page + str(data)  # notes are the team's
    assert data["person"]["attributes"] == {"plan": f"{scene.secret} plus"}  # type: ignore[index]
    assert data["person"]["name"] == f"Vera {scene.secret}x"  # type: ignore[index]
    assert f"my {scene.secret} is broken" in page
    carried = [it["attachment"]["file"] for it in conversations[scene.own]["messages"] if it["attachment"]]
    assert set(carried) < set(names)
    shown = scene.person.history(scene.own)[1]["attachment"]["url"]
    with ZipFile(io.BytesIO(own.content)) as archive:
        assert archive.read(carried[0]) == file_requests.fetch(server, shown).content
    of_agent = read_archive(ana.get(f"/w/people/{scene.person.id}/export").content)
    printed = server.flask("people", "export", scene.email, "--to", f"{tmp_path}/x.zip")
    of_operator = read_archive((tmp_path / "x.zip").read_bytes())
    assert f"{tmp_path}/x.zip" in printed
    assert (tmp_path / "x.zip").stat().st_mode & 0o77 == 0
    for other, _page, entries in (of_agent, of_operator):
        assert (other["conversations"], entries) == (data["conversations"], names)
    one, _page, _names = read_archive(scene.person.get(f"/w/conversations/{scene.own}/export").content)
    assert one["conversations"] == [conversations[scene.own]]
    assert stranger.get(f"/w/people/{scene.person.id}/export").status_code == 404
    assert stranger.get(f"/w/conversations/{scene.own}/export").status_code == 404
    assert ana.get(f"/w/people/{ana.id}/export").status_code == 404


@pytest.mark.parametrize("who", ["themselves", "agent", "operator"])
def test_who_is_erased_is_nowhere_and_others_read_on(
    server: services.ChatServer, scene: Scene, ana: api.Person, stranger: api.Person, who: str
) -> None:
    person, friend, group = scene.person, scene.friend, scene.group
    assert left(server, scene.traces)
    assert stranger.request("DELETE", f"/w/people/{person.id}").status_code == 404
    streams = [it.listen() for it in (person, friend, ana)]
    if who == "operator":
        assert person.id in server.flask("people", "erase", scene.email)
    else:
        asking, name = (person, "me") if who == "themselves" else (ana, person.id)
        assert asking.request("DELETE", f"/w/people/{name}").json() == {"conversations": 1, "groups": 1}
    assert streams[0].ended.wait(services.PATIENCE)
    for stream in streams[1:]:
        stream.next("resync")
        stream.close()
    services.wait_for(lambda: not database_inspection.contents(server)["outbox"], "all to be published")
    if who != "operator":
        services.wait_for(lambda: not left(server, scene.traces), f"{left(server, scene.traces)} to go")
    assert left(server, scene.traces) == []
    assert person.get("/w/conversations").status_code == 401
    assert ana.get(f"/w/conversations/{scene.own}").status_code == 404
    shown = friend.history(group)
    assert [it["seq"] for it in shown] == list(range(1, len(shown) + 1))
    assert [it["body"] for it in shown if it["kind"] == "system"] == [
        "Deleted user created the group “Tea”.",
        "Friend joined with an invitation from Deleted user.",
        "Deleted user left.",
    ]
    theirs = [it for it in shown if it["sender"]["id"] == person.id and it["kind"] != "system"]
    assert [(it["sender"]["name"], it["deleted"]) for it in theirs] == [("Deleted user", True)] * 2
    answer = next(it for it in shown if it["body"] == "Me too")
    assert (answer["quote"]["sender"]["name"], answer["quote"]["deleted"], answer["reactions"]) == (
        "Deleted user",
        True,
        [],
    )
    assert friend.send("still here?", group).status_code == 201
