"""Files: taken in once, looked at before anybody sees them, fetched by who has the address, thrown away if not sent."""

from __future__ import annotations

import io
import re
import time
import uuid

import pytest
from PIL import Image

from tests import api, services
from tests.concurrency import at_once
from tests.unit import drawing
from tests.web import group_setup, hostile
from tests.web.file_requests import fetch, post, stored

pytestmark = pytest.mark.any_database

PICTURE = hostile.picture("JPEG", (400, 200))


def test_a_picture_is_a_message_with_a_thumbnail_for_everybody(
    server: services.ChatServer, visitor: api.Person, agent: api.Person
) -> None:
    with services.closing(agent.listen()) as stream:
        message = post(visitor, "holiday/../tea  pot.jpg", PICTURE, body="look").json()
        seen = stream.next("message").data
    assert (message["kind"], message["body"], seen["attachment"]) == ("image", "look", message["attachment"])
    kept = message["attachment"]
    assert (kept["name"], kept["type"], kept["width"], kept["height"]) == ("tea pot.jpg", "image/jpeg", 400, 200)
    answer = fetch(server, kept["url"])
    assert (answer.status_code, len(answer.content)) == (200, kept["size"])
    assert Image.open(io.BytesIO(fetch(server, kept["thumbnail"]).content)).size == (400, 200)
    assert visitor.conversations()[0]["last"]["summary"] == "look"
    assert kept["placeholder"].startswith("data:image/webp;base64,")


def test_orientation_is_applied_and_the_place_is_gone(server: services.ChatServer, visitor: api.Person) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Canon"
    exif.get_ifd(0x8825)[2] = (52.0, 30.0, 0.0)
    photo = hostile.picture("JPEG", (400, 200), exif=exif)
    assert b"Canon" in photo
    kept = post(visitor, "photo.jpg", photo).json()["attachment"]
    assert (kept["width"], kept["height"]) == (200, 400)
    assert Image.open(io.BytesIO(fetch(server, kept["thumbnail"]).content)).size == (200, 400)
    whole = fetch(server, kept["url"]).content
    assert dict(Image.open(io.BytesIO(whole)).getexif()) == {0x0112: 6}
    assert b"Canon" not in whole
    for form in ("PNG", "WEBP"):
        exif[0x0112] = 1
        kept = post(visitor, "photo", hostile.picture(form, exif=exif)).json()["attachment"]
        whole = fetch(server, kept["url"]).content
        assert b"Canon" not in whole
        assert Image.open(io.BytesIO(whole)).size == (40, 30)


def test_sending_a_file_again_with_its_client_id_makes_one_message_and_keeps_one_file(
    server: services.ChatServer, visitor: api.Person
) -> None:
    client_id = str(uuid.uuid4())
    before = stored(server)
    first = post(visitor, "a.jpg", PICTURE, client_id=client_id)
    again = post(visitor, "a.jpg", PICTURE, client_id=client_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(stored(server) - before) == 2  # the picture and its thumbnail


def test_a_file_that_is_sent_twice_at_the_same_moment_is_kept_once(
    server: services.ChatServer, visitor: api.Person
) -> None:
    conversation, client_id = visitor.conversation, str(uuid.uuid4())
    before = stored(server)
    answers = at_once([lambda: post(visitor, "a.jpg", PICTURE, conversation, client_id=client_id)] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["attachment"]["id"] for answer in answers}) == 1
    services.wait_for(lambda: len(stored(server) - before) == 2, "what was kept too often to be thrown away")


@pytest.mark.parametrize("name", hostile.REFUSED)
def test_a_file_that_is_built_to_do_harm_is_refused_at_once(server: services.ChatServer, name: str) -> None:
    visitor, data = api.visitor(server.url), hostile.REFUSED[name]()
    conversation = visitor.conversation
    before = stored(server)
    began = time.monotonic()
    answer = post(visitor, name, data, conversation)
    took = time.monotonic() - began
    assert (answer.status_code, answer.json()["error"]) == (422, "unprocessable")
    assert answer.json()["reason"].endswith(".")
    assert visitor.history() == []
    assert stored(server) <= before
    assert took < 5  # of which the child may compute for one second; the rest is a busy machine


@pytest.mark.parametrize("name", hostile.DOWNLOADED)
def test_what_could_run_in_a_browser_is_only_ever_downloaded(
    server: services.ChatServer, visitor: api.Person, name: str
) -> None:
    data = hostile.DOWNLOADED[name]()
    message = post(visitor, name, data).json()
    assert message["kind"] == "file"
    answer = fetch(server, message["attachment"]["url"])
    assert answer.content == data
    headers = answer.headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("name", hostile.SHOWN)
def test_a_file_is_what_its_bytes_say_and_not_its_name(
    server: services.ChatServer, visitor: api.Person, name: str
) -> None:
    make, mime = hostile.SHOWN[name]
    kept = post(visitor, name, make()).json()["attachment"]
    assert kept["type"] == mime
    answer = fetch(server, kept["url"])
    assert answer.headers["Content-Type"] == mime
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    if mime == "image/jpeg":
        assert b"<script>" not in answer.content


def test_the_tables_hold_more_than_thirty_hostile_files() -> None:
    assert len(hostile.REFUSED) + len(hostile.DOWNLOADED) + len(hostile.SHOWN) >= 30


def test_a_part_of_a_file_can_be_asked_for(server: services.ChatServer, visitor: api.Person) -> None:
    data = bytes(range(256)) * 4
    url = post(visitor, "bytes.bin", data).json()["attachment"]["url"]
    whole = fetch(server, url)
    assert (whole.headers["Accept-Ranges"], whole.headers["Content-Length"]) == ("bytes", "1024")
    for asked, expected in (("bytes=10-19", data[10:20]), ("bytes=1000-", data[1000:]), ("bytes=-5", data[-5:])):
        part = fetch(server, url, Range=asked)
        assert (part.status_code, part.content) == (206, expected)
    assert part.headers["Content-Range"] == "bytes 1019-1023/1024"
    beyond = fetch(server, url, Range="bytes=2000-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, "bytes */1024")
    assert fetch(server, url, **{"Range": "bytes=0-1", "If-Range": '"another"'}).status_code == 200


def test_an_address_holds_for_a_while_and_cannot_be_made_up(server: services.ChatServer, visitor: api.Person) -> None:
    url = post(visitor, "a.jpg", PICTURE).json()["attachment"]["url"]
    found = re.fullmatch(r"/files/([0-9a-f]{16})/(\d+)/([\w-]{27})/a.jpg", url)
    assert found is not None
    which, expires, signature = found.groups()
    assert time.time() + 24 * 3600 <= int(expires) <= time.time() + 37 * 3600
    for made_up in (
        f"/files/{which}/{int(expires) + 1}/{signature}/a.jpg",
        f"/files/{which}.webp/{expires}/{signature}/a.jpg",
        f"/files/{group_setup.MISSING}/{expires}/{signature}/a.jpg",
        f"/files/{which}/{expires}/{'x' * 27}/a.jpg",
        f"/files/..%2f{which}/{expires}/{signature}/a.jpg",
    ):
        assert fetch(server, made_up).status_code == 404
    assert fetch(server, url).status_code == 200


def test_a_deleted_message_takes_its_file_along_but_not_a_forwarded_copy(
    server: services.ChatServer, ada: api.Person
) -> None:
    message = post(ada, "a.jpg", PICTURE).json()
    group = group_setup.group(ada)
    copy = ada.post(
        f"/w/messages/{message['id']}/forward", json={"conversation": group, "client_id": str(uuid.uuid4())}
    ).json()
    assert (copy["kind"], copy["attachment"]["name"]) == ("image", "a.jpg")
    before = stored(server)
    gone = ada.request("DELETE", f"/w/messages/{message['id']}").json()
    assert gone["attachment"] is None
    assert fetch(server, message["attachment"]["url"]).status_code == 404
    assert fetch(server, copy["attachment"]["url"]).status_code == 200
    ada.request("DELETE", f"/w/messages/{copy['id']}")
    assert fetch(server, copy["attachment"]["url"]).status_code == 404
    services.wait_for(lambda: len(before - stored(server)) == 2, "the picture and its thumbnail to be gone")


def test_a_file_is_found_by_its_name_and_the_list_says_what_it_is(visitor: api.Person, agent: api.Person) -> None:
    post(visitor, "Kostenvoranschlag März.txt", b"words")
    assert visitor.conversations()[0]["last"]["summary"] == "Kostenvoranschlag März.txt"
    found = visitor.get("/w/search?q=voranschlag MÄRZ").json()["messages"]
    assert [hit["attachment"]["name"] for hit in found] == ["Kostenvoranschlag März.txt"]
    sound = hostile.SHOWN["sound.svg"][0]()
    post(visitor, "note.mp3", sound, duration="12.4", waveform="0123456789abcdefghijklmnopqrstuv")
    last = agent.conversations()[0]["last"]
    assert (last["summary"], last["attachment"]["duration"]) == ("Voice note (0:12)", 12.4)
    post(visitor, "a.jpg", PICTURE)
    assert agent.conversations()[0]["last"]["summary"] == "Photo"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"duration": "-1"}, "duration must be"),
        ({"duration": "1e9"}, "duration must be"),
        ({"duration": "90000"}, "duration must be"),
        ({"waveform": "xyz"}, "waveform must be"),
        ({"width": "0"}, "width must be"),
        ({"height": "many"}, "height must be"),
        ({"upload": group_setup.MISSING}, "file or upload, not both"),
        ({"client_id": "me"}, "client_id must be"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_and_nothing_is_kept(
    server: services.ChatServer, fields: dict[str, str], reason: str
) -> None:
    visitor = api.visitor(server.url)
    before = stored(server)
    answer = post(visitor, "a.jpg", PICTURE, **fields)
    assert answer.status_code == 422
    assert reason in answer.json()["reason"]
    assert visitor.history() == []
    assert stored(server) <= before


def test_nobody_sends_a_file_to_a_conversation_that_is_not_theirs(
    server: services.ChatServer, visitor: api.Person, stranger: api.Person
) -> None:
    theirs = stranger.conversation
    before = stored(server)
    assert post(visitor, "a.jpg", PICTURE, theirs).status_code == 404
    assert post(api.Person(server.url), "a.jpg", PICTURE, theirs).status_code == 401
    assert stored(server) <= before


def test_an_empty_file_and_one_that_is_too_large_are_refused(server: services.ChatServer) -> None:
    visitor = api.visitor(server.url)
    conversation = visitor.conversation
    assert post(visitor, "a.txt", b"", conversation).status_code == 422
    large = post(visitor, "a.bin", b"\0" * (2 * hostile.MB + 1), conversation)
    assert (large.status_code, "2 MB at most" in large.json()["reason"]) == (413, True)
    larger = post(visitor, "a.bin", b"\0" * (3 * hostile.MB), conversation)
    assert (larger.status_code, "2 MB at most" in larger.json()["reason"]) == (413, True)
    announced = visitor.post("/w/uploads", headers={"Upload-Length": str(2 * hostile.MB + 1)})
    assert (announced.status_code, announced.json()["error"]) == (413, "too-large")


def test_while_a_file_arrives_and_is_looked_at_others_are_served(
    server: services.ChatServer, visitor: api.Person, stranger: api.Person
) -> None:
    import threading

    photo = hostile.picture("PNG", (5000, 4000))
    conversation = visitor.conversation
    sending = threading.Thread(target=lambda: [post(visitor, "a.png", photo, conversation) for _ in range(4)])
    sending.start()
    waits = []
    while sending.is_alive():
        began = time.monotonic()
        stranger.get("/w/conversations")
        waits.append(time.monotonic() - began)
    sending.join()
    assert len(waits) > 4
    assert sorted(waits)[len(waits) // 2] < 0.25


CONVERTED = [
    ("scan.tiff", "RGB", "scan.jpg", "image/jpeg"),
    ("fax.TIF", "1", "fax.png", "image/png"),
    ("logo.tif", "RGBA", "logo.png", "image/png"),
    ("x-ray.tif", "I;16", "x-ray.png", "image/png"),
    ("elevation.tif", "F", "elevation.tif", "image/tiff"),
]


@pytest.mark.parametrize(("name", "mode", "kept_as", "mime"), CONVERTED)
def test_what_browsers_do_not_show_is_converted_and_renamed_or_stays_a_file(
    server: services.ChatServer, visitor: api.Person, name: str, mode: str, kept_as: str, mime: str
) -> None:
    data = drawing.encoded(drawing.drawn(mode), "TIFF")
    sent = post(visitor, name, data).json()
    kept = sent["attachment"]
    assert (kept["name"], kept["type"]) == (kept_as, mime)
    assert sent["kind"] == ("file" if mime == "image/tiff" else "image")
    answer = fetch(server, kept["url"])
    assert (answer.content == data) is (mime == "image/tiff")
    small = Image.open(io.BytesIO(fetch(server, kept["thumbnail"]).content))
    assert len(set(drawing.corners(small))) > 1


@pytest.mark.parametrize("name", [it for it, data in drawing.DAMAGED.items() if len(data) < 2 * hostile.MB])
def test_a_damaged_photo_is_sent_as_a_photo(server: services.ChatServer, visitor: api.Person, name: str) -> None:
    sent = post(visitor, "photo", drawing.DAMAGED[name])
    assert (sent.status_code, sent.json()["kind"]) == (201, "image")
    assert fetch(server, sent.json()["attachment"]["thumbnail"]).status_code == 200


def test_what_is_too_much_to_decode_is_sent_without_a_thumbnail(
    server: services.ChatServer, visitor: api.Person
) -> None:
    # Its decoder needs more memory than a child gets; how well it is packed does not matter.
    heavy = hostile.picture("WEBP", (12_000, 8_000), method=0)
    sent = post(visitor, "poster.webp", heavy).json()
    kept = sent["attachment"]
    assert (sent["kind"], kept["width"], kept["height"], kept["thumbnail"]) == ("image", 12_000, 8_000, None)
    assert fetch(server, kept["url"]).status_code == 200
