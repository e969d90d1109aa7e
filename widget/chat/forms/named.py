"""Named contents: forms and options that the owner keeps in the settings, each by a name that pages and agents use.

They are of the one shape that messages carry (`chat.messages.content`).
"""

from __future__ import annotations

import re

from widget.chat import team_settings
from widget.chat.errors import NotFound, Unprocessable
from widget.chat.messages import content
from widget.chat.messages.content import Content, Place
from widget.i18n import _
from widget.models import User

KEY = "forms"
"""The key of the settings: each name with its content, or None where it was removed."""

PRECHAT = "prechat"
"""The name of the form that visitors are asked to fill in before their first message."""

FEEDBACK = "feedback"
"""The name of the form that is there from the beginning."""

KINDS = ("form", "options")

MOST = 50
NAME_LIMIT = 40

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def every() -> dict[str, Content]:
    """All that there are, by name, as they are in the database now."""
    return _there(team_settings.load(KEY))


def recent() -> dict[str, Content]:
    """The same, at most a second old: for what visitors ask."""
    return _there(team_settings.recent(KEY))


def _there(kept: team_settings.Values) -> dict[str, Content]:
    contents = {FEEDBACK: _feedback()} | kept
    return {name: contents[name] for name in sorted(contents) if contents[name] is not None}


def get(name: str) -> Content:
    """The content of this name; raises NotFound."""
    content = recent().get(name)
    if content is None:
        raise NotFound(_("There is no form of this name."))
    return content


def form(name: str) -> Content:
    """The form of this name; raises NotFound, also for what is no form."""
    content = get(name)
    if content["type"] != "form":
        raise NotFound(_("There is no form of this name."))
    return content


def put(by: User, name: str, given: Content) -> None:
    """Keep a content under a name, in the place of the one that has it; raises Unprocessable with what is wrong."""
    if not _NAME.fullmatch(name):
        raise Unprocessable(_("name must be small letters, digits and hyphens, at most %(most)s.", most=NAME_LIMIT))
    Place(given["type"], "content.type").one_of(*(KINDS[:1] if name == PRECHAT else KINDS))
    there = every()
    if name not in there and len(there) >= MOST:
        raise Unprocessable(_("There can be at most %(most)s forms.", most=MOST))
    team_settings.put(by, KEY, {name: given})


def remove(by: User, name: str) -> None:
    """Take one away; what was answered stays. Raises NotFound."""
    if name not in every():
        raise NotFound(_("There is no form of this name."))
    team_settings.put(by, KEY, {name: None})


def _feedback() -> Content:
    """The form for feedback as it is before anybody has changed it, in the reader's language."""
    return content.check(
        {
            "type": "form",
            "title": _("What do you think of us?"),
            "fields": [
                {"name": "stars", "label": _("How was it?"), "kind": "rating", "required": True},
                {"name": "words", "label": _("Anything else?"), "kind": "textarea"},
            ],
            "submit": _("Send feedback"),
        }
    )
