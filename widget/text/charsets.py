"""The text of a page, in the encoding that a browser would read it in (WHATWG Encoding and HTML standards).

A byte order mark says most, then the header, then the page itself; where none names one, the bytes are guessed from.
It takes computing, so it is done in the child process.
"""

from __future__ import annotations

import re

import webencodings
from charset_normalizer import from_bytes

PRESCAN = 16 * 1024
"""Bytes in which a page may name its encoding. The standard has 1024, and browsers start again for a late one."""

SAMPLE = 16 * 1024
"""Bytes from which the encoding of a page that says nothing is guessed."""

_PYTHON_CODECS = {"gbk": "gb18030", "euc-jp": "euc_jis_2004"}
"""Where the standard's encoding has more characters than Python's of the same name."""

_TOKEN = re.compile(
    rb"<!--.*?-->|<meta(?=[\s/])((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>|<(?:script|style)\b.*?</(?:script|style)",
    re.I | re.S,
)
_ATTRIBUTE = re.compile(rb"([^\s=>\"'/]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")
_GUESSES = (
    *("cp932", "euc_jis_2004", "gb18030", "cp949", "big5hkscs", "iso2022_jp", "koi8_r", "cp1252", "cp1251", "cp1250"),
    *("cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258"),
)
_HALF_WIDTH = re.compile("(?:[\uff61-\uff9f][\x20-\x7e]{0,2}){4}")
_BEGINNINGS = ("<!doc", "<html", "<head", "<meta", "<title", "<?xml")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([^\s\"';]+)", re.I)
_XML = re.compile(rb"^\s*<\?xml[^>]{1,200}?\sencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']", re.I)


def decode(body: bytes, declared: str | None) -> str:
    """The text of a page; `declared` is the label in its Content-Type. What cannot be read becomes U+FFFD."""
    marked = _byte_order_mark(body)
    if marked:
        name, skipped = marked
        return body[skipped:].decode(name, "replace")
    encoding = (webencodings.lookup(declared) if declared else None) or _declared_inside(body[:PRESCAN])
    name = _guess(body) if encoding is None else _PYTHON_CODECS.get(encoding.name, encoding.codec_info.name)
    return webencodings.decode(body, encoding, "replace")[0] if name.startswith("x-") else body.decode(name, "replace")


def _byte_order_mark(body: bytes) -> tuple[str, int] | None:
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if body.startswith(mark):
            return name, len(mark)
    return None


def _declared_inside(start: bytes) -> webencodings.Encoding | None:
    """HTML standard, 13.2.3.2: the first <meta> that names an encoding, else the XML declaration."""
    for token in _TOKEN.finditer(start):
        label = _meta_label(token[1]) if token[1] is not None else None
        encoding = webencodings.lookup(label) if label else None
        if encoding is not None:
            return _as_ascii_can_say(encoding)
    if xml := _XML.match(start):
        encoding = webencodings.lookup(xml[1].decode("ascii"))
        return _as_ascii_can_say(encoding) if encoding else None
    return None


def _meta_label(attributes: bytes) -> str | None:
    values = {
        name.lower(): double or single or bare for name, double, single, bare in _ATTRIBUTE.findall(attributes[:2000])
    }
    label = values.get(b"charset")
    if label is None and values.get(b"http-equiv", b"").lower() == b"content-type":
        match = _CHARSET.search(values.get(b"content", b""))
        label = match[1] if match else None
    return label.decode("latin-1") if label is not None else None


def _as_ascii_can_say(encoding: webencodings.Encoding) -> webencodings.Encoding:
    """What was read as ASCII is not UTF-16, whatever it says."""
    instead = {"utf-16le": "utf-8", "utf-16be": "utf-8", "x-user-defined": "windows-1252"}
    return webencodings.lookup(instead.get(encoding.name, encoding.name)) or encoding


def _guess(body: bytes) -> str:
    """A Python codec for a page that says nothing."""
    for name in ("utf-16-le", "utf-16-be"):
        if body[:200].decode(name, "replace").lstrip().lower().startswith(_BEGINNINGS):
            return name
    if _is_utf8(body):
        return "utf-8"
    # Markup says nothing about a language.
    words = b" ".join(re.sub(rb"<(script|style)\b.*?</\1|<[^>]*>", b" ", body[:SAMPLE], flags=re.I | re.S).split())
    best = _most_likely(words or body[:SAMPLE], _GUESSES)
    if best is None or _HALF_WIDTH.search(best[1]):  # nobody writes so; many Cyrillic bytes can be read so
        best = _most_likely(words, _GUESSES[1:]) or best
    best = best or _most_likely(words, ("cp874",))  # which any Chinese could be read as, too
    return best[0] if best else "cp1252"


def _most_likely(words: bytes, codecs: tuple[str, ...]) -> tuple[str, str] | None:
    best = from_bytes(words, chunk_size=256, cp_isolation=list(codecs), preemptive_behaviour=False).best()
    return (best.encoding, str(best)) if best else None


def _is_utf8(body: bytes) -> bool:
    """Whether it is UTF-8, be its last character cut off."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.end >= len(body) and error.reason == "unexpected end of data"
    return True
