"""File names in every script: kept, shown, served and saved as they were given."""

from __future__ import annotations

import random
import unicodedata
from urllib.parse import unquote

import pytest
from werkzeug.http import parse_options_header

from tests import api, services
from tests.web.file_requests import fetch, post

NAMES = [
    "фото.jpg",
    "plan – v2.pdf",
    "😀.png",
    "früh.jpg",
    "見積書（最終）.xlsx",
    "صورة.png",
    "नमस्ते.txt",
    "\"q\" & 'a'.txt",
    "100%.csv",
]

SEED = 6266


def random_name(chosen: random.Random) -> str:
    """A name out of all of Unicode; what no name keeps (see `text/clean`) is only there by chance."""
    return "".join(
        chr(chosen.choice([chosen.randrange(0x20, 0x250), chosen.randrange(0x20, 0x110000)])) for _ in range(12)
    )


def check(server: services.ChatServer, person: api.Person, name: str, kept_as: str | None = None) -> None:
    """Send a file of this name and fetch it in every way that a browser does."""
    answer = post(person, name, b"words")
    assert answer.status_code == 201, (name, answer.text)
    kept = answer.json()["attachment"]
    if kept_as is not None:
        assert kept["name"] == kept_as
    assert unquote(kept["url"].rpartition("/")[2]) == kept["name"]
    for address, kind in ((kept["url"], "attachment"), (kept["url"] + "?download", "attachment")):
        whole = fetch(server, address)
        head = person.request("HEAD", address)
        assert (whole.status_code, whole.content, head.status_code) == (200, b"words", 200), name
        for headers in (whole.headers, head.headers):
            assert parse_options_header(headers["Content-Disposition"]) == (kind, {"filename": kept["name"]})


@pytest.mark.any_database
@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_any_script_is_served_as_it_was_given(
    server: services.ChatServer, visitor: api.Person, name: str
) -> None:
    check(server, visitor, name, unicodedata.normalize("NFC", name))


@pytest.mark.any_database
def test_names_out_of_all_of_unicode_are_sent_and_served(server: services.ChatServer, visitor: api.Person) -> None:
    chosen = random.Random(SEED)
    for _ in range(25):
        name = random_name(chosen).encode("utf-8", "ignore").decode()
        check(server, visitor, name.replace("\r", "").replace("\n", ""))
