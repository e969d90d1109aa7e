"""Names that people would take for one another; addresses that are none."""

from __future__ import annotations

import re

import pytest

from tests import services
from widget.chat.users.names import read_alike
from widget.text import mail_addresses
from widget.web.views.settings.audit import KINDS


@pytest.mark.parametrize(
    "name",
    [
        "sUPPORT",
        " Support! ",
        "Suррort",
        "ＳＵＰＰＯＲＴ",
        "5upp0rt",
        "ꜱᴜᴘᴘᴏʀᴛ",
        "Suppørt",
        "Śuƥƥơɍŧ",
        "Ѕսрроrт",
        "$uррort",
        "ⓈⓊⓅⓅⓄⓇⓉ",
    ],
)
def test_a_name_that_looks_like_another_is_found_in_whatever_letters(name: str) -> None:
    assert read_alike(name, "Support")


@pytest.mark.parametrize(
    ("one", "other"), [("Support Smith", "Support"), ("Ада", "Ada Ada"), ("👍", "🦊"), ("李", "王")]
)
def test_a_name_of_its_own_is_left_alone(one: str, other: str) -> None:
    assert not read_alike(one, other)


@pytest.mark.parametrize(
    "text", ["nobody", "a@b c", "<a@b.example>", "a@b@c", "moc.elpmaxe@\u202eadev", "a\u200b@b.c", "@"]
)
def test_what_only_looks_like_an_address_is_none(text: str) -> None:
    assert not mail_addresses.is_address(text)


def test_whatever_is_recorded_in_the_audit_has_words() -> None:
    action = re.compile(rf'"((?:{"|".join(KINDS)})\.[a-z-]+)"')
    recorded = {it for file in (services.ROOT / "widget/chat").rglob("*.py") for it in action.findall(file.read_text())}
    worded = set(action.findall((services.ROOT / "templates/settings/audit.html").read_text()))
    assert recorded <= worded
    assert len(recorded) > 25
