"""Words that people read: every sentence goes through gettext, whole, with its plural forms.

`_("…")` translates now, for the reader of this request or of `reader(…)`; `lazy("…")` when it is used, for constants.
The languages lie in `widget/translations`; English is what the code says.
"""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

__all__ = ["_", "lazy", "ngettext", "register"]


def register(app: Flask) -> None:
    """Let templates and code of this app translate."""
    Babel(app)
