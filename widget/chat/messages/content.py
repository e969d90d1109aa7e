"""Content: what a message offers to be answered with a click: options, a form, or cards. Checked to the last field.

What is wrong is told with its path, such as `content.fields[2].kind`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from widget.chat.errors import Unprocessable
from widget.i18n import _, listing
from widget.text import addresses, clean

Content = dict[str, Any]

KINDS = ("text", "textarea", "email", "number", "choice", "checkbox", "rating", "date")
"""The kinds of a form's fields."""

LIMIT = 16_000
"""The longest content, in characters of JSON."""

_OPTIONS, _FIELDS, _CARDS, _LINKS = 20, 20, 10, 3
_TITLE, _WORDS, _ADDRESS = 120, 1000, 2000
_RATINGS = 10
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Place:
    """A value, and where it stands."""

    value: Any
    path: str

    def __getitem__(self, name: str | int) -> Place:
        if isinstance(name, int):
            return Place(self.value[name], f"{self.path}[{name}]")
        return Place(self.value.get(name), f"{self.path}.{name}")

    def wrong(self, wanted: str) -> NoReturn:
        """Raise Unprocessable: what stands here must be `wanted`."""
        raise Unprocessable(_("%(path)s must be %(wanted)s.", path=self.path, wanted=wanted))

    def text(self, most: int, required: bool = True) -> str | None:
        """One line or more of text."""
        if self.value is None and not required:
            return None
        if not isinstance(self.value, str) or len(self.value) > most or (required and clean.is_blank(self.value)):
            self.wrong(_("text of at most %(most)s characters", most=most))
        return clean.text(self.value)

    def items(self, most: int, required: bool = True) -> list[Place]:
        """The places in a list."""
        if self.value is None and not required:
            return []
        if not isinstance(self.value, list) or len(self.value) > most or (required and not self.value):
            self.wrong(_("a list of at most %(most)s", most=most))
        return [self[index] for index in range(len(self.value))]

    def fields(self, *names: str) -> None:
        """It must be an object that has no other fields than these."""
        if not isinstance(self.value, dict):
            self.wrong(_("an object"))
        for name in self.value:
            if name not in names:
                raise Unprocessable(_("%(path)s is not known.", path=f"{self.path}.{str(name)[:40]}"))

    def switch(self) -> bool:
        """True or false; false when it is missing."""
        if self.value is not None and not isinstance(self.value, bool):
            self.wrong(_("true or false"))
        return bool(self.value)

    def one_of(self, *words: str) -> str:
        """One of a few words."""
        if self.value not in words:
            self.wrong(listing(words, "or"))
        return str(self.value)


def check(given: Any) -> Content:
    """A content as it is kept, of what a program has sent; raises Unprocessable with the path of what is wrong."""
    it = Place(given, "content")
    if not isinstance(given, dict):
        it.wrong(_("an object"))
    found = _SHAPES[it["type"].one_of(*_SHAPES)](it)
    if len(json.dumps(found, ensure_ascii=False)) > LIMIT:
        raise Unprocessable(_("content has at most %(most)s characters.", most=LIMIT))
    return found


def plain(content: Content) -> str:
    """What stands for it where there is only text: in mail, in mesibo's apps, in the search."""
    lines: list[str] = []
    if content["type"] == "options":
        lines = [f"• {it['title']}" for it in content["options"]]
    elif content["type"] == "form":
        lines = [content["title"], *(f"• {it['label']}" for it in content["fields"])]
    else:
        for card in content["cards"]:
            lines += [card["title"], *filter(None, [card.get("text")])]
            lines += [f"{it['title']}: {it['url']}" for it in card.get("links", [])]
            lines += [f"• {it['title']}" for it in card.get("options", [])]
    return "\n".join(lines)


def pictures(content: Content | None) -> set[str]:
    """The addresses elsewhere of the pictures that it shows."""
    images = {card.get("image") for card in (content or {}).get("cards", [])}
    return {it for it in images if it and not it.startswith("/files/")}


def _options(it: Place) -> Content:
    it.fields("type", "options", "multiple")
    return {"type": "options", "options": _choices(it["options"]), "multiple": it["multiple"].switch()}


def _choices(it: Place, required: bool = True) -> list[dict[str, str]]:
    choices = []
    for place in it.items(_OPTIONS, required):
        place.fields("title", "value")
        title = place["title"].text(_TITLE) or ""
        choices.append({"title": title, "value": place["value"].text(_TITLE, required=False) or title})
    if len({choice["value"] for choice in choices}) < len(choices):
        it.wrong(_("options with a different value each"))
    return choices


def _form(it: Place) -> Content:
    it.fields("type", "title", "fields", "submit")
    fields = [_field(place) for place in it["fields"].items(_FIELDS)]
    if len({field["name"] for field in fields}) < len(fields):
        it["fields"].wrong(_("fields with a different name each"))
    submit = it["submit"].text(_TITLE, required=False)
    return {"type": "form", "title": it["title"].text(_TITLE) or "", "fields": fields, "submit": submit}


def _field(it: Place) -> Content:
    it.fields("name", "label", "kind", "required", "options", "min", "max")
    name = it["name"].value
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        it["name"].wrong(_("a name of letters and digits"))
    kind = it["kind"].one_of(*KINDS)
    found: Content = {"name": name, "label": it["label"].text(_TITLE) or "", "kind": kind}
    found["required"] = it["required"].switch()
    if kind == "choice":
        found["options"] = _choices(it["options"])
    elif it["options"].value is not None:
        it["options"].wrong(_("left out for this kind"))
    for end in ("min", "max"):
        if it[end].value is not None:
            found[end] = _bound(it[end], kind)
    if kind == "rating":
        found.setdefault("max", 5)
    if "min" in found and "max" in found and found["min"] > found["max"]:
        it["max"].wrong(_("no less than min"))
    return found


def _bound(it: Place, kind: str) -> Any:
    if kind == "date" and is_date(it.value):
        return it.value
    if kind in ("number", "text", "textarea") and is_number(it.value):
        return it.value
    if kind == "rating" and it.path.endswith("max") and is_number(it.value) and it.value in range(2, _RATINGS + 1):
        return it.value
    return it.wrong(_("what its kind can be"))


def _cards(it: Place) -> Content:
    it.fields("type", "cards")
    return {"type": "cards", "cards": [_card(place) for place in it["cards"].items(_CARDS)]}


def _card(it: Place) -> Content:
    it.fields("title", "text", "image", "links", "options")
    links = []
    for place in it["links"].items(_LINKS, required=False):
        place.fields("title", "url")
        links.append({"title": place["title"].text(_TITLE), "url": _address(place["url"])})
    image = it["image"].value
    if image is not None and not (isinstance(image, str) and image.startswith("/files/") and len(image) < _ADDRESS):
        _address(it["image"])
    return {
        "title": it["title"].text(_TITLE),
        "text": it["text"].text(_WORDS, required=False),
        "image": image,
        "links": links,
        "options": _choices(it["options"], required=False),
    }


def _address(it: Place) -> str:
    url = it.text(_ADDRESS) or ""
    if addresses.parse(url) is None:
        it.wrong(_("an address that starts with https://"))
    return url


_SHAPES: dict[str, Callable[[Place], Content]] = {"options": _options, "form": _form, "cards": _cards}


def is_number(value: Any) -> bool:
    """Whether this is a number, and not a monstrous one."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15


def is_date(value: Any) -> bool:
    """Whether this is a day, as 2030-01-31."""
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value)) and len(value) == 10
    except ValueError:
        return False
