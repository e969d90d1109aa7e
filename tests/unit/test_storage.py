"""Where files live: the same promises for a folder and for a bucket, which a real S3 server (rclone's) keeps."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import api, services
from tests.s3_server import S3Server
from widget import storage
from widget.storage import Missing, Storage, Unreachable

DATA = os.urandom(700_000)


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with services.closing(S3Server(tmp_path_factory.mktemp("buckets"))) as server:
        yield server


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return storage.connect(str(tmp_path / "kept"))
    return storage.connect(request.getfixturevalue("s3").url())


def put(place: Storage, key: str, data: bytes, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(data)
    place.put(key, source)


def test_what_is_put_can_be_read_whole_and_in_parts(place: Storage, tmp_path: Path) -> None:
    put(place, "a1", DATA, tmp_path)
    assert b"".join(place.read("a1")) == DATA
    assert b"".join(place.read("a1", 10, 20)) == DATA[10:30]
    assert b"".join(place.read("a1", len(DATA) - 5)) == DATA[-5:]
    assert b"".join(place.read("a1", 300_000, 300_000)) == DATA[300_000:600_000]
    put(place, "a1", b"instead", tmp_path)
    assert b"".join(place.read("a1")) == b"instead"


def test_what_is_not_there_is_missing_and_deleting_it_is_no_error(place: Storage, tmp_path: Path) -> None:
    with pytest.raises(Missing):
        place.read("b1")
    place.delete("b1")
    put(place, "b1", b"x", tmp_path)
    place.delete("b1")
    with pytest.raises(Missing):
        place.read("b1")


def test_a_folder_goes_with_all_that_is_in_it_and_nothing_else(place: Storage, tmp_path: Path) -> None:
    for key in ("parts/c1/1", "parts/c1/2", "parts/c2/1", "parts/c1x"):
        put(place, key, key.encode(), tmp_path)
    place.delete_folder("parts/c1")
    place.delete_folder("parts/never")
    for key in ("parts/c1/1", "parts/c1/2"):
        with pytest.raises(Missing):
            place.read(key)
    for key in ("parts/c2/1", "parts/c1x"):
        assert b"".join(place.read(key)) == key.encode()


def test_a_folder_that_the_disk_refuses_is_unreachable_in_every_way(tmp_path: Path) -> None:
    (tmp_path / "no-folder").write_text("a file where the folder should be")
    place = storage.connect(str(tmp_path / "no-folder"))
    with pytest.raises(Unreachable):
        put(place, "e1", b"x", tmp_path)
    with pytest.raises(Unreachable):
        place.delete("e1")
    with pytest.raises(Missing):
        place.read("e1")
    (tmp_path / "kept" / "a-folder").mkdir(parents=True)
    place = storage.connect(str(tmp_path / "kept"))
    for use in (place.read, place.delete, lambda key: put(place, key, b"x", tmp_path)):
        with pytest.raises(Unreachable):
            use("a-folder")
    assert list((tmp_path / "kept").iterdir()) == [tmp_path / "kept" / "a-folder"]  # nothing half done


def test_a_slow_disk_holds_up_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = storage.connect(str(tmp_path / "kept"))
    put(place, "f1", DATA, tmp_path)
    hub = threading.get_ident()
    on_the_hub: list[str] = []

    def watched(owner: type, name: str) -> None:
        real = getattr(owner, name)

        def call(*args: object, **options: object) -> object:
            if threading.get_ident() == hub:
                on_the_hub.append(name)
            return real(*args, **options)

        monkeypatch.setattr(owner, name, call)

    for name in ("open", "unlink", "mkdir", "replace"):
        watched(Path, name)
    put_away = tmp_path / "source"
    b"".join(place.read("f1", 10))
    place.put("f2", put_away)
    place.delete("f1")
    place.delete_folder("f3")
    assert on_the_hub == []


def test_a_bucket_that_refuses_or_does_not_answer_is_unreachable(s3: S3Server, tmp_path: Path) -> None:
    nobody = f"s3://key:secret@127.0.0.1:{services.free_port()}/chat?tls=off"
    for url in (s3.url(secret="wrong"), nobody):
        place = storage.connect(url)
        with pytest.raises(Unreachable):
            put(place, "d1", b"x", tmp_path)
        with pytest.raises(Unreachable):
            place.read("d1")


def test_the_chat_keeps_its_files_in_a_bucket(s3: S3Server, redis_server: services.RedisServer, tmp_path: Path) -> None:
    from tests.web import file_requests, hostile, test_uploads

    url = f"sqlite:///{tmp_path}/chat.db"
    with services.closing(services.ChatServer(redis_server.database(), url, STORAGE_URL=s3.url())) as server:
        visitor = api.visitor(server.url)
        picture = file_requests.post(visitor, "a.png", hostile.picture("PNG", (300, 200))).json()["attachment"]
        assert file_requests.fetch(server, picture["thumbnail"]).headers["Content-Type"] == "image/webp"
        path = test_uploads.begin(visitor)
        for start in range(0, len(test_uploads.DATA), 100_000):
            piece = test_uploads.DATA[start : start + 100_000]
            assert test_uploads.patch(visitor, path, start, piece).status_code == 204
        message = test_uploads.send(visitor, path).json()
        kept = message["attachment"]["url"]
        assert file_requests.fetch(server, kept).content == test_uploads.DATA
        part = file_requests.fetch(server, kept, Range="bytes=100-199")
        assert (part.status_code, part.content) == (206, test_uploads.DATA[100:200])
        visitor.request("DELETE", f"/w/messages/{message['id']}")
        services.wait_for(lambda: file_requests.fetch(server, kept).status_code == 404, "the file to be gone")
        s3_is_away = services.ChatServer(
            server.environ["REDIS_URL"],
            url,
            STORAGE_URL=f"s3://key:secret@127.0.0.1:{services.free_port()}/chat?tls=off",
        )
        with services.closing(s3_is_away):
            refused = file_requests.post(api.visitor(s3_is_away.url), "a.txt", b"words")
            assert (refused.status_code, refused.json()["error"]) == (503, "unavailable")
            assert "files are kept" in refused.json()["reason"]
