"""What a page says of itself, as people write pages."""

from __future__ import annotations

import pytest

from widget.previews import page
from widget.previews.metadata import HeadEnd

URL = "https://www.page.example/blog/post"

TITLES = [
    ("<title>Plain</title>", "Plain"),
    ("<TITLE lang=en>\n A \t B </TITLE>", "A B"),
    ("<meta property=og:title content=Open><title>Plain</title>", "Open"),
    ("<meta name='og:title' content='By name'>", "By name"),
    ("<meta name=twitter:title content=Card><title>Plain</title>", "Card"),
    ("<meta property=og:title content='  '><title>Plain</title>", "Plain"),
    ("<meta property=og:title content=''><meta property=og:title content=Second>", "Second"),
    ("<svg><title>Logo</title></svg><title>Page</title>", "Page"),
    ("<body><svg><g><title>Logo</title></g></svg><title>Late</title>", "Late"),
    ("<svg><title>Logo</title></svg>", ""),
    ("<script>var a = '</head><title>no</title>'</script><title>Yes</title>", "Yes"),
    ("<title><b>&amp;lt; &lt;</title>", "<b>&lt; <"),
    ("<title>a\u202eb\u2066\x07c</title>", "a b c"),
    ("<template><title>no</title></template><title>Yes</title>", "Yes"),
    ("", ""),
]

IMAGES = [
    ("<meta property=og:image content=/a.png>", ["https://www.page.example/a.png"]),
    ("<base href=https://cdn.example/x/><meta property=og:image content=a.png>", ["https://cdn.example/x/a.png"]),
    ("<base target=_top><base href=/x/><meta property=og:image content=a.png>", ["https://www.page.example/x/a.png"]),
    ("<base href='http://[x'><meta property=og:image content=a.png>", ["https://www.page.example/blog/a.png"]),
    ("<base href='javascript:x'><meta property=og:image content=a.png>", ["https://www.page.example/blog/a.png"]),
    ("<meta property=og:image content='http://[x'>", []),
    ("<meta property=og:image content='http://a:b/'><meta property=og:image content=//c/d>", ["https://c/d"]),
    (
        "<meta property=og:image content=/1><meta property=og:image content=/2><meta name=twitter:image content=/1>",
        ["https://www.page.example/1", "https://www.page.example/2"],
    ),
    ("<meta name=twitter:image:src content=/t.png>", ["https://www.page.example/t.png"]),
    (
        "".join(f"<meta property=og:image content=/{n}>" for n in range(9)),
        [f"https://www.page.example/{n}" for n in range(3)],
    ),
    ("<meta property=og:image content=data:image/png;base64,AA>", []),
]

REFRESHES = [
    ("0;url=/next", "https://www.page.example/next"),
    ("0; URL='https://other.example/'", "https://other.example/"),
    ('3 , url="/next" ignored', "https://www.page.example/next"),
    ("0 /next", "https://www.page.example/next"),
    ("300;url=/next", ""),
    ("5", ""),
    ("0;url=", ""),
    ("0;url=http://[x", ""),
    ("0;url=javascript:alert(1)", ""),
    ("0;url=post", ""),
    ("9" * 5000 + ";url=/next", ""),
]


@pytest.mark.parametrize(("head", "title"), TITLES)
def test_a_page_has_the_title_that_it_says(head: str, title: str) -> None:
    assert page.parse(head, URL).title == title


@pytest.mark.parametrize(("head", "images"), IMAGES)
def test_images_of_a_page_are_addresses_of_the_web(head: str, images: list[str]) -> None:
    assert list(page.parse(head, URL).images) == images


@pytest.mark.parametrize(("content", "target"), REFRESHES)
def test_a_page_that_leads_on_at_once_says_where(content: str, target: str) -> None:
    content = content.replace('"', "&quot;")
    assert page.parse(f'<meta http-equiv=Refresh content="{content}"><title>x</title>', URL).refresh == target


@pytest.mark.parametrize("size", [1, 5, 16, 1000])
@pytest.mark.parametrize(
    ("html", "rest"),
    [
        ("<head><title>x</title></head>", "<body>"),
        ("<HEAD><TITLE>x</TITLE></HEAD>", "<body>"),
        ("<head><script>'</head>'</script><title>x</title></head>", "<body>"),
        ("<head><!-- </head> --><style>a::after { content: '</head>' }</style></head>", "<body>"),
        ("<head><script>document.write('<script></head>')</script></head>", "<body>"),
        ("<head><SCRIPT src=a></SCRIPT><script>a='</head>'; b='</head>'</script></head >", "<body></head>"),
    ],
)
def test_the_head_ends_at_its_end_and_not_in_a_script(html: str, rest: str, size: int) -> None:
    whole, ends = (html + rest).encode(), HeadEnd()
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    last = next(at for at, piece in enumerate(pieces) if ends(piece))
    assert b"".join(pieces[: last + 1]).startswith(html.encode()[: len(html) - 2])
    assert last * size < len(html)


def test_a_head_that_never_ends_is_not_ended() -> None:
    ends = HeadEnd()
    assert not any(ends(piece) for piece in [b"<head><script>", b"</head>" * 100, b"x" * 16384])
