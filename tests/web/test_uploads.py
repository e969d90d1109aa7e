"""Uploads in pieces: from where they stopped, whatever happens in between; by the tus protocol."""

from __future__ import annotations

import base64
import os
import socket
import uuid
from typing import Any

import pytest
import requests

from tests import api, services
from tests.concurrency import at_once
from tests.unit import drawing
from tests.web import database_inspection, group_setup, hostile
from tests.web.file_requests import fetch, post, stored

pytestmark = pytest.mark.any_database

DATA = os.urandom(300_000)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def begin(person: api.Person, size: int = len(DATA), name: str = "a.bin") -> str:
    headers = {"Upload-Length": str(size), "Upload-Metadata": f"filename {encoded(name)},filetype {encoded('x/y')}"}
    answer = person.post("/w/uploads", headers={**headers, "Tus-Resumable": "1.0.0"})
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def patch(person: api.Person, path: str, offset: int, data: bytes, **headers: str) -> requests.Response:
    usual = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0"}
    return person.request("PATCH", path, data=data, headers=usual | headers)


def offset(person: api.Person, path: str) -> int:
    return int(person.request("HEAD", path).headers["Upload-Offset"])


def send(person: api.Person, path: str, **fields: Any) -> requests.Response:
    form = {"client_id": str(uuid.uuid4()), "upload": path.rpartition("/")[2], **fields}
    return person.post(f"/w/conversations/{person.conversation}/messages", json=form)


def test_a_file_goes_on_from_where_it_stopped(server: services.ChatServer, visitor: api.Person) -> None:
    path = begin(visitor)
    assert offset(visitor, path) == 0
    first = patch(visitor, path, 0, DATA[:100_000])
    assert (first.status_code, first.headers["Upload-Offset"], first.headers["Tus-Resumable"]) == (
        204,
        "100000",
        "1.0.0",
    )
    assert send(visitor, path).status_code == 422  # not complete
    wrong = patch(visitor, path, 50_000, DATA[50_000:])
    assert (wrong.status_code, wrong.json()["error"]) == (409, "conflict")
    assert offset(visitor, path) == 100_000
    assert patch(visitor, path, 100_000, DATA[100_000:]).status_code == 204
    kept = send(visitor, path).json()["attachment"]
    assert (kept["name"], kept["size"]) == ("a.bin", len(DATA))
    assert fetch(server, kept["url"]).content == DATA
    assert not [it for it in stored(server) if "parts" in it.parts and kept["id"] in str(it)]


def test_what_came_before_the_connection_was_lost_is_kept(server: services.ChatServer, visitor: api.Person) -> None:
    path = begin(visitor)
    lines = [f"PATCH {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Upload-Offset: 0"]
    lines += [f"Content-Length: {len(DATA)}", "Content-Type: application/offset+octet-stream"]
    lines += [f"{name}: {value}" for name, value in visitor.headers.items()]
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + DATA[:200_000])
    here = services.wait_for(lambda: offset(visitor, path), "what came to be kept")
    assert 0 < here <= 200_000
    assert patch(visitor, path, here, DATA[here:]).status_code == 204
    assert fetch(server, send(visitor, path).json()["attachment"]["url"]).content == DATA


def test_the_same_piece_from_two_connections_counts_once(server: services.ChatServer, visitor: api.Person) -> None:
    path = begin(visitor)
    answers = at_once([lambda: patch(visitor, path, 0, DATA[:100_000]).status_code] * 6)
    assert sorted(answers) == [204] + [409] * 5
    answers = at_once([lambda: patch(visitor, path, 100_000, DATA[100_000:]).status_code] * 4)
    assert answers.count(204) == 1
    assert fetch(server, send(visitor, path).json()["attachment"]["url"]).content == DATA


def test_an_upload_goes_on_after_the_server_was_killed(own_server: services.ChatServer) -> None:
    person = api.visitor(own_server.url)
    path = begin(person)
    patch(person, path, 0, DATA[:200_000])
    own_server.kill()
    own_server.start()
    assert offset(person, path) == 200_000
    assert patch(person, path, 200_000, DATA[200_000:]).status_code == 204
    assert fetch(own_server, send(person, path).json()["attachment"]["url"]).content == DATA


def test_an_upload_is_nobody_elses_and_is_sent_once(visitor: api.Person, stranger: api.Person) -> None:
    path = begin(visitor, 3)
    assert stranger.request("HEAD", path).status_code == 404
    assert patch(stranger, path, 0, b"abc").status_code == 404
    assert stranger.request("DELETE", path).status_code == 404
    assert patch(visitor, path, 0, b"abc").status_code == 204
    assert send(stranger, path).status_code == 422
    assert send(visitor, path).status_code == 201
    again = send(visitor, path)
    assert (again.status_code, "not there any more" in again.json()["reason"]) == (422, True)
    assert len(visitor.history()) == 1


def test_what_is_given_up_or_never_sent_is_thrown_away(server: services.ChatServer, visitor: api.Person) -> None:
    before = stored(server)
    given_up, forgotten, half = begin(visitor), begin(visitor), begin(visitor)
    patch(visitor, given_up, 0, DATA[:1000])
    patch(visitor, forgotten, 0, DATA)
    patch(visitor, half, 0, DATA[:1000])
    assert len(stored(server) - before) == 3
    assert visitor.request("DELETE", given_up).status_code == 204
    assert visitor.request("HEAD", given_up).status_code == 404
    for path in (forgotten, half):
        which = path.rpartition("/")[2]
        database_inspection.run(
            server, "UPDATE attachments SET expires_at = '2020-01-01 00:00:00' WHERE id = :id", id=which
        )
        assert visitor.request("HEAD", path).status_code == 404
    services.wait_for(lambda: stored(server) <= before, "the files to be thrown away")
    known = "SELECT id FROM attachments WHERE user_id = :id"
    services.wait_for(
        lambda: database_inspection.run(server, known, id=visitor.id) == [], "what is known of them to be forgotten"
    )


def test_a_harmful_file_is_refused_with_its_last_piece(visitor: api.Person) -> None:
    data = hostile.REFUSED["pixels.png"]()
    path = begin(visitor, len(data), "a.png")
    answer = patch(visitor, path, 0, data)
    assert (answer.status_code, "100 megapixels" in answer.json()["reason"]) == (422, True)
    assert visitor.request("HEAD", path).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status", "reason"),
    [
        ({}, 422, "Upload-Length must be"),
        ({"Upload-Length": "-1"}, 422, "Upload-Length must be"),
        ({"Upload-Length": "0"}, 422, "empty"),
        ({"Upload-Length": "99999999999"}, 413, "MB at most"),
        ({"Upload-Length": "3", "Upload-Metadata": "filename ???"}, 422, "Base64"),
    ],
)
def test_a_wrong_announcement_is_refused(
    visitor: api.Person, headers: dict[str, str], status: int, reason: str
) -> None:
    answer = visitor.post("/w/uploads", headers=headers)
    assert answer.status_code == status
    assert reason in answer.json()["reason"]


def test_a_wrong_piece_is_refused(visitor: api.Person) -> None:
    path = begin(visitor, 10)
    assert patch(visitor, path, 0, b"x" * 11).status_code in (413, 422)
    assert patch(visitor, path, 0, b"x", **{"Content-Type": "text/plain"}).status_code == 415
    assert patch(visitor, path, 0, b"x", **{"Upload-Offset": "soon"}).status_code == 422
    assert patch(visitor, f"/w/uploads/{group_setup.MISSING}", 0, b"x").status_code == 404
    assert offset(visitor, path) == 0


def test_nobody_has_more_than_twenty_under_way(visitor: api.Person) -> None:
    for _ in range(20):
        begin(visitor, 3)
    refused = visitor.post("/w/uploads", headers={"Upload-Length": "3"})
    assert (refused.status_code, refused.json()["error"]) == (429, "throttled")


def test_another_version_of_the_protocol_is_refused_and_told_which_is_spoken(visitor: api.Person) -> None:
    path = begin(visitor)
    for method, address in (("POST", "/w/uploads"), ("HEAD", path), ("PATCH", path), ("DELETE", path)):
        answer = visitor.request(method, address, headers={"Tus-Resumable": "0.2.2", "Upload-Length": "3"})
        assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert offset(visitor, path) == 0
    assert visitor.request("OPTIONS", "/w/uploads", headers={"Tus-Resumable": "0.2.2"}).status_code == 204


def test_the_server_says_what_it_can_do(server: services.ChatServer) -> None:
    answer = requests.options(f"{server.url}/w/uploads", timeout=10)
    assert answer.status_code == 204
    assert answer.headers["Tus-Extension"] == "creation,termination,expiration"
    assert answer.headers["Tus-Max-Size"] == str(2 * hostile.MB)


def test_a_video_gets_the_poster_that_its_browser_made(server: services.ChatServer, visitor: api.Person) -> None:
    data = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + b"V_VP8" + b"\0" * 99
    path = begin(visitor, len(data), "clip.webm")
    patch(visitor, path, 0, data)
    assert visitor.request("PUT", f"{path}/poster", data=b"no picture").status_code == 422
    assert visitor.request("PUT", f"{path}/poster", data=hostile.picture("JPEG", (320, 180))).status_code == 204
    message = send(visitor, path, duration=4.5, width=640, height=360).json()
    kept = message["attachment"]
    assert (message["kind"], kept["type"], kept["duration"]) == ("video", "video/webm", 4.5)
    assert (kept["width"], kept["height"]) == (640, 360)
    assert fetch(server, kept["thumbnail"]).headers["Content-Type"] == "image/webp"


def test_a_file_is_the_same_by_whichever_way_it_came(server: services.ChatServer, visitor: api.Person) -> None:
    data = drawing.encoded(drawing.drawn("RGB"), "TIFF", orientation=6)
    path = begin(visitor, len(data), "scan\u200b.tif")
    assert patch(visitor, path, 0, data).status_code == 204
    in_pieces, whole = send(visitor, path).json(), post(visitor, "scan\u200b.tif", data).json()
    for told in (in_pieces, whole):
        assert (told["kind"], told["attachment"]["name"], told["attachment"]["type"]) == (
            "image",
            "scan.jpg",
            "image/jpeg",
        )
    same = ("size", "width", "height", "placeholder")
    assert [in_pieces["attachment"][it] for it in same] == [whole["attachment"][it] for it in same]
