"""Words of people as values of headers: the one place where they get the form that a header can carry.

HTTP carries ASCII. What is more goes as RFC 8187 says, in mails as RFC 2047 does; nothing in it can end a header or
begin another one.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from widget.text import clean

# RFC 8187, 3.2.1: what may stand unencoded; letters and digits are known to `quote` anyway.
_ATTRIBUTE_CHARACTERS = "!#$&+-.^_`|~"
# Printable ASCII without what browsers read in different ways within quotes (RFC 6266, appendix D).
_NOT_PLAIN = re.compile(r'[^\x20-\x7e]|["\\%]')


def extended(text: str) -> str:
    """Any text as RFC 8187 has it: `UTF-8''…`. Half a character, which no encoding has, becomes a question mark."""
    return "UTF-8''" + quote(text.encode("utf-8", "replace"), safe=_ATTRIBUTE_CHARACTERS)


def plain(text: str) -> str:
    """The same in printable ASCII, for programs that know no better: without its accents, and _ for what is left."""
    letters = unicodedata.normalize("NFKD", text)
    return _NOT_PLAIN.sub("_", "".join(it for it in letters if not unicodedata.combining(it)))


def parameter(name: str, text: str) -> str:
    """A parameter of a header, such as `filename="a.txt"`; followed by its true form when that is another one."""
    shown = plain(text)
    return f'{name}="{shown}"' if shown == text else f'{name}="{shown}"; {name}*={extended(text)}'


def content_disposition(kind: str, name: str) -> str:
    """Whether a file is shown (`inline`) or saved (`attachment`), and under which name (RFC 6266)."""
    return f"{kind}; {parameter('filename', name)}"


def mail(text: str) -> str:
    """Any text as the words of a mail's header, which Python encodes then (RFC 2047): one line of 150 characters."""
    return clean.cut(clean.line(text), 150)
