"""Which transport a deployment uses, and why."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import NamedTuple

from widget.mesibo.api import Api
from widget.mesibo.transports.base import Pause, Transport
from widget.mesibo.transports.none import NoTransport
from widget.mesibo.transports.rest import RestTransport
from widget.mesibo.transports.sdk import SdkTransport
from widget.settings import Settings


class Choice(NamedTuple):
    """The transports to use, best first: each next one is for when the one before cannot be used after all."""

    names: tuple[str, ...]
    why: str


def choose(settings: Settings) -> Choice:
    """The transport that MESIBO_LINK names; `auto` takes the SDK, else REST, else none, by what is set up."""
    if settings.mesibo_link != "auto":
        return Choice((settings.mesibo_link,), f"MESIBO_LINK={settings.mesibo_link}")
    rest = bool(settings.mesibo_app_token and settings.mesibo_webhook_secret)
    if settings.mesibo_access_token and find_spec("mesibo"):
        names = ("sdk", "rest") if rest else ("sdk",)
        return Choice(names, "MESIBO_ACCESS_TOKEN is set, and the mesibo package is here")
    lacking = "no MESIBO_ACCESS_TOKEN" if not settings.mesibo_access_token else "the mesibo package is not installed"
    if rest:
        return Choice(("rest",), f"{lacking}, but MESIBO_APP_TOKEN and MESIBO_WEBHOOK_SECRET are set")
    if settings.mesibo_access_token:
        return Choice(("local",), f"{lacking} (pip install '.[mesibo]')")
    if settings.mesibo_app_token:
        return Choice(("local",), f"{lacking}, and no MESIBO_WEBHOOK_SECRET for REST")
    return Choice(("local",), "no mesibo token is set")


def api(settings: Settings, before: Callable[[], object]) -> Api | None:
    """mesibo's REST API, where there is an app token for it; `before` is called before each of its operations."""
    token = settings.mesibo_app_token
    return Api(settings.mesibo_api_url, token, settings.mesibo_app_id, before) if token else None


def create(name: str, settings: Settings, rest_api: Api | None, pause: Pause) -> Transport:
    """The transport of this name."""
    if name == "sdk":
        return SdkTransport(settings, rest_api, pause)
    if name == "rest" and rest_api is not None:
        return RestTransport(rest_api, pause)
    return NoTransport(pause)
