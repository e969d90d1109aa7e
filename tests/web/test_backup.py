"""A backup is a whole deployment: put into an empty one on the other kind of database, everything goes on."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from tests import api, services
from tests.s3_server import S3Server
from tests.unit import drawing
from tests.web import database_inspection, file_requests, group_setup, team_setup
from widget import create_app, extensions, settings


@pytest.fixture
def other(
    new_database: Callable[[str], str], server: services.ChatServer, own_redis: services.RedisServer, tmp_path: Path
) -> Iterator[services.ChatServer]:
    """An empty deployment on the other kind of database, with its files in a bucket, that does not serve yet."""
    url = new_database("postgresql" if server.environ["DATABASE_URL"].startswith("sqlite") else "sqlite")
    buckets = tmp_path / "buckets"
    buckets.mkdir()
    with services.closing(S3Server(buckets)) as s3:
        environ = {"IDENTITY_SECRET": server.environ["IDENTITY_SECRET"], "STORAGE_URL": s3.url()}
        chat = services.ChatServer(own_redis.url, url, **environ)
        chat.stop()
        try:
            yield chat
        finally:
            chat.stop()


def refused(server: services.ChatServer, *command: str) -> str:
    app = create_app(settings.from_environ(server.environ))
    done = app.test_cli_runner().invoke(args=command)
    extensions.of(app).engine.dispose()
    assert done.exit_code == 1, done.output
    return click.unstyle(done.output)


def files(backup: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(backup) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.startswith("files/")}


def histories(person: api.Person, conversation: str) -> list[dict[str, Any]]:
    return [group_setup.without_status(it) for it in person.history(conversation)]


def test_everything_is_back_in_an_empty_deployment_and_goes_on(
    server: services.ChatServer, other: services.ChatServer, ana: api.Person, tmp_path: Path
) -> None:
    word = f"kumquat{uuid.uuid4().hex[:8]}"
    vera, friend = api.visitor(server.url, name="Vera"), api.visitor(server.url, name="Friend")
    direct = vera.send(f"{word} 🎈").json()["conversation"]
    file_requests.post(vera, "a photo.jpg", drawing.photo(), direct)
    ana.send("an *answer*", direct)
    team_setup.note(ana, direct, "a note")
    team_setup.change(ana, direct, labels=["urgent"], status="resolved")
    group = group_setup.group(vera, friend, title="Tea")
    vera.request("PUT", f"/w/messages/{ana.history(direct)[-1]['id']}/reaction", json={"emoji": "👍"})
    database_inspection.at_rest(server)
    seen = [(vera, direct), (vera, group), (ana, direct), (friend, group)]
    before = [histories(*it) for it in seen]
    backup = tmp_path / "chat.zip"
    assert "rows and" in server.flask("backup", str(backup))
    assert backup.stat().st_mode & 0o77 == 0
    half = tmp_path / "half.zip"
    half.write_bytes(backup.read_bytes()[:-100])
    assert "is no backup, or not a whole one." in refused(other, "restore", str(half))
    assert "exists" in refused(server, "backup", str(backup))
    assert "rows and" in other.flask("restore", str(backup))
    assert "There are people in this database already" in refused(other, "restore", str(backup))
    other.start()
    for person in (vera, ana, friend):
        person.url = other.url
    assert [histories(*it) for it in seen] == before
    url = vera.history(direct)[1]["attachment"]["url"]
    old = before[0][1]["attachment"]["url"]
    assert url == old  # what signs the addresses came along
    assert file_requests.fetch(other, url).content == file_requests.fetch(server, url).content
    shape = ana.get(f"/w/conversations/{direct}/head").json()
    assert (shape["status"], shape["labels"]) == ("resolved", ["urgent"])
    assert direct in ana.get(f"/w/search?q={word}").text
    assert vera.send("more", direct).json()["seq"] == before[2][-1]["seq"] + 1
    assert other.flask("agents", "list").count("Ana") >= 1
    again = tmp_path / "again.zip"
    other.flask("backup", str(again))  # out of the bucket, too
    assert files(again) == files(backup) != {}
