"""Whatever stands where an address should, parsing it raises nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget.text import addresses

BROKEN = [
    *("http://[x", "http://[x]/", "http://a:b/", "http://a:99999999/", "http://a:-1/", "http://", "http:///x", "//a/b"),
    *("http://[::1", "http://a]/", "http://\ud800/", "http://a\x00b/", "http://℀.example/", "ftp://a/", "", " ", "x"),
    *("javascript:alert(1)", "data:text/html,x", "http://[v1.x]:x/", "https://a/" + "x" * addresses.MOST),
]


@pytest.mark.parametrize("url", BROKEN)
def test_what_is_no_address_of_the_web_is_none(url: str) -> None:
    assert addresses.parse(url) is None


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("/a.png", "https://page.example/a.png"),
        ("a.png", "https://page.example/blog/a.png"),
        ("//cdn.example/a.png", "https://cdn.example/a.png"),
        ("  https://cdn.example/a\n.png\t", "https://cdn.example/a.png"),
        ("\\\\cdn.example\\a.png", "https://cdn.example/a.png"),
        ("?b=1", "https://page.example/blog/?b=1"),
        ("http://[x", None),
        ("http://[x]/a", None),
        ("http:\\\\[", None),
        ("javascript:alert(1)", None),
        ("data:image/png;base64,AA==", None),
        ("https://a:x/", None),
    ],
)
def test_an_address_in_a_page_is_joined_as_browsers_do(reference: str, url: str | None) -> None:
    assert addresses.join("https://page.example/blog/", reference) == url


_PIECES = st.lists(
    st.sampled_from([*"[]:/@?#%.\\ \t\n\x00", "http:", "https://", "//", "::1", "℀", "\ud800", "a", "9"])
)


@given(_PIECES.map("".join), _PIECES.map("".join))
def test_no_address_raises_anything(base: str, reference: str) -> None:
    addresses.parse(base)
    addresses.host(reference)
    joined = addresses.join(base, reference)
    assert joined is None or addresses.parse(joined) is not None
