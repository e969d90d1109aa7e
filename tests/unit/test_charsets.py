"""Pages are read in the encoding that a browser would read them in."""

from __future__ import annotations

import pytest

from widget.text import charsets

JAPANESE = "東京の天気予報と今日のニュース、明日の交通情報をお届けします。最新の情報はこちらから。"
RUSSIAN = "Новости и погода в Москве сегодня, а также афиша театров и расписание поездов на завтра"
CHINESE = "北京市天气预报和今日新闻，以及明天的交通信息。请从这里查看最新的信息。"
KOREAN = "오늘의 서울 날씨와 뉴스, 내일의 교통 정보를 알려 드립니다. 최신 정보는 여기에서 확인하세요."
THAI = "สภาพอากาศวันนี้ในกรุงเทพและข่าวล่าสุด พร้อมข้อมูลการจราจร"
GREEK = "Ο καιρός σήμερα στην Αθήνα και τα τελευταία νέα, πληροφορίες"
POLISH = "Pogoda dziś w Łodzi, zażółć gęślą jaźń, źdźbło"
FRENCH = "Une soirée d'été à la plage, où l'on dîne très tard – c'est “l'été”"


def page(title: str, head: str = "") -> str:
    return f"<!doctype html><html><head>{head}<title>{title}</title></head><body></body></html>"


DECLARED = [
    ("utf-8", page("Grüße €").encode(), "Grüße €"),
    ("UTF-8", page("Grüße").encode(), "Grüße"),
    ("utf8", page("Grüße").encode(), "Grüße"),
    ("shift_jis", page("①②").encode("cp932"), "①②"),
    ("x-sjis", page("①髙").encode("cp932"), "①髙"),
    ("Shift-JIS", page("東京").encode("cp932"), "東京"),
    ("gb2312", page("朱镕基").encode("gbk"), "朱镕基"),
    ("gbk", page("😀").encode("gb18030"), "😀"),
    ("euc-kr", page("똠방각하").encode("cp949"), "똠방각하"),
    ("ks_c_5601-1987", page("똠").encode("cp949"), "똠"),
    ("iso-8859-1", page("“a” – €").encode("cp1252"), "“a” – €"),
    ("latin1", page("“a”").encode("cp1252"), "“a”"),
    ("us-ascii", page("é").encode("cp1252"), "é"),
    ("iso-8859-9", page("İş").encode("cp1254"), "İş"),
    ("big5", page("恒生").encode("big5hkscs"), "恒生"),
    ("euc-jp", page("東京①").encode("euc_jis_2004"), "東京①"),
    ("koi8-r", page("Привет").encode("koi8-r"), "Привет"),
    ("cp1251", page("Привет").encode("cp1251"), "Привет"),
    ("tis-620", page("สวัสดี").encode("cp874"), "สวัสดี"),
    ("utf-16", page("Grüße").encode("utf-16-le"), "Grüße"),
    ("utf-16be", page("Grüße").encode("utf-16-be"), "Grüße"),
    # a mark says more than the header, and the header more than the page
    ("iso-8859-1", b"\xef\xbb\xbf" + page("Grüße").encode(), "Grüße"),
    ("utf-8", b"\xff\xfe" + page("Grüße").encode("utf-16-le"), "Grüße"),
    ("utf-8", b"\xfe\xff" + page("Grüße").encode("utf-16-be"), "Grüße"),
    ("utf-8", page("Grüße", "<meta charset=iso-8859-1>").encode(), "Grüße"),
    # labels that are none are not there
    ("punycode", page("Grüße").encode(), "Grüße"),
    ("idna", page("Grüße", "<meta charset=utf-8>").encode(), "Grüße"),
    ("unicode_escape", page("\\u0041").encode(), "\\u0041"),
    ("utf-7", page("+ADw-b+AD4-").encode(), "+ADw-b+AD4-"),
    ("base64", page("x").encode(), "x"),
    ("nonsense\ufffd", page("Grüße").encode(), "Grüße"),
]

INSIDE = [
    (page("①", "<meta charset=shift_jis>").encode("cp932"), "①"),
    (page("镕", '<meta charset="gb2312">').encode("gbk"), "镕"),
    (page("똠", "<META CHARSET='euc-kr'>").encode("cp949"), "똠"),
    (page("“a”", '<meta charset = " iso-8859-1 ">').encode("cp1252"), "“a”"),
    (page("①", '<meta http-equiv="Content-Type" content="text/html; charset=x-sjis">').encode("cp932"), "①"),
    (
        page("Привет", '<meta content="text/html;charset=windows-1251" http-equiv=content-type />').encode("cp1251"),
        "Привет",
    ),
    (page("Привет", f"<!--{'x' * 5000}--><meta charset=windows-1251>").encode("cp1251"), "Привет"),
    (page("Привет", f"<script>{'x' * 5000}</script><meta charset=windows-1251>").encode("cp1251"), "Привет"),
    # what only looks like it
    (page("Grüße", "<!-- <meta charset=shift_jis> --><meta charset=utf-8>").encode(), "Grüße"),
    (page("Grüße", "<script>'<meta charset=shift_jis>'</script><meta charset=utf-8>").encode(), "Grüße"),
    (page("Grüße", '<meta name=x content="charset=shift_jis"><meta charset=utf-8>').encode(), "Grüße"),
    (page("Grüße", "<meta charset=nonsense><meta charset=utf-8>").encode(), "Grüße"),
    (page("Grüße", "<meta charset=punycode>").encode(), "Grüße"),
    # a page whose ASCII could be read is not UTF-16
    (page("Grüße", "<meta charset=utf-16>").encode(), "Grüße"),
    (b'<?xml version="1.0" encoding="shift_jis"?>' + page("①").encode("cp932"), "①"),
    (b'<?xml version="1.0" encoding="windows-1251"?>' + page("Привет", "<meta charset=utf-8>").encode(), "Привет"),
]

UNDECLARED = [
    (page("Grüße, 東京").encode(), "Grüße, 東京"),
    (page("Grüße").encode() + "ü".encode()[:1], "Grüße"),
    (page("Grüße").encode("utf-16-le"), "Grüße"),
    (page("Grüße").encode("utf-16-be"), "Grüße"),
    (page(JAPANESE).encode("cp932"), JAPANESE),
    (page(JAPANESE).encode("euc-jp"), JAPANESE),
    (page(RUSSIAN).encode("cp1251"), RUSSIAN),
    (page(RUSSIAN).encode("koi8-r"), RUSSIAN),
    (page(CHINESE).encode("gbk"), CHINESE),
    (page(KOREAN).encode("cp949"), KOREAN),
    (page(FRENCH).encode("cp1252"), FRENCH),
    (page(THAI).encode("cp874"), THAI),
    (page(GREEK).encode("cp1253"), GREEK),
    (page(POLISH).encode("cp1250"), POLISH),
    (
        page("臺北市天氣預報和今日新聞，以及明天的交通資訊。").encode("big5"),
        "臺北市天氣預報和今日新聞，以及明天的交通資訊。",
    ),
    (page("Café").encode("cp1252"), "Café"),
    (page("plain").encode(), "plain"),
]


def _title(body: bytes, declared: str | None) -> str:
    text = charsets.decode(body, declared)
    return text.partition("<title>")[2].partition("</title>")[0]


@pytest.mark.parametrize(("declared", "body", "title"), DECLARED)
def test_a_page_is_read_as_its_header_or_its_mark_says(declared: str, body: bytes, title: str) -> None:
    assert _title(body, declared) == title


@pytest.mark.parametrize(("body", "title"), INSIDE)
def test_a_page_is_read_as_it_says_itself(body: bytes, title: str) -> None:
    assert _title(body, None) == title


@pytest.mark.parametrize(("body", "title"), UNDECLARED)
def test_the_encoding_of_a_page_that_says_nothing_is_guessed(body: bytes, title: str) -> None:
    assert _title(body, None) == title
