"""What all areas of the settings share: who is let in, the navigation, and how a change is answered."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

from flask import Blueprint, Response, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from widget.chat import team_settings
from widget.chat.errors import Forbidden, NotFound, Unauthorized
from widget.i18n import _, lazy
from widget.models import User
from widget.web import auth, fields, headers
from widget.web.content_negotiation import respond
from widget.web.serializers import Json

bp = Blueprint("team_settings", __name__, url_prefix="/inbox/settings")

Page = Callable[[User], Json]
V = TypeVar("V", bound=Callable[..., Any])

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Area(NamedTuple):
    """A page of the settings."""

    name: str
    title: lazy
    template: str
    page: Page
    script: str
    """A module of its own, in static/js/settings; empty for none."""
    styles: str
    """What it has in static/css besides what all have: "a", or "a+b"; empty for nothing."""


_areas: dict[str, Area] = {}
_open_to_agents: set[str] = set()


def area(name: str, title: lazy, script: str = "", styles: str = "") -> Callable[[Page], Page]:
    """Make a page of a function that returns its JSON; `templates/settings/<name>.html` shows that."""

    def add(page: Page) -> Page:
        _areas[name] = Area(name, title, f"settings/{name}.html", page, script, styles)
        return page

    return add


def arrange(*modules: ModuleType) -> None:
    """Say in which order the navigation names the areas of these modules; what is not among them comes last."""
    order = {module.__name__: place for place, module in enumerate(modules)}
    found = sorted(_areas.values(), key=lambda it: order.get(it.page.__module__, len(order)))
    _areas.clear()
    _areas.update((it.name, it) for it in found)


def names() -> list[str]:
    """The areas, in the order of the navigation."""
    return list(_areas)


def for_agents(view: V) -> V:
    """Let every agent change this, not only owners."""
    _open_to_agents.add(f"{bp.name}.{view.__name__}")
    return view


def agent() -> User:
    """Who of the team is asking."""
    found: User = g.user
    return found


@bp.before_request
def _let_in() -> AnyResponse | None:
    """Agents look; what changes something is for owners. Programs of the team have no business here."""
    found = auth.agent()
    reads = request.method in _SAFE_METHODS
    if found is None or auth.lacks_second_factor(found):
        if reads and not fields.wants_json():
            return redirect("/inbox")
        raise Unauthorized(_("Nobody is signed in."))
    g.user = found
    if not reads:
        auth.own_page()
        if found.role != "owner" and request.endpoint not in _open_to_agents:
            raise Forbidden(_("Only an owner can change this."))
    return None


@bp.get("")
def index() -> AnyResponse:
    """Leads to the first area."""
    return redirect(f"/inbox/settings/{next(iter(_areas))}")


@bp.get("/<name>")
def show(name: str) -> Response:
    """The page of an area, alone for htmx; the area's JSON for programs."""
    return _shown(_area(name))


def changed(name: str, **more: Any) -> AnyResponse:
    """What a change is answered with: the area as it is now, and what is told only this once."""
    changed_agent = auth.agent()  # it may have been about whoever asks
    if changed_agent is None:
        return Response(headers={"HX-Redirect": "/inbox"})
    g.user = changed_agent
    if request.headers.get("Sec-Fetch-Mode") == "navigate":  # a form without htmx
        return redirect(f"/inbox/settings/{name}", 303)
    return _shown(_area(name), is_saved=True, more=more)


def part(name: str, title: str, template: str, shape: Json) -> Response:
    """A page within an area, of a template of its own."""
    return _shown(_area(name)._replace(template=template, page=lambda _agent: shape, script=""), more={"part": title})


def _area(name: str) -> Area:
    if name not in _areas:
        raise NotFound(_("There are no such settings."))
    return _areas[name]


def _shown(area: Area, is_saved: bool = False, more: Json | None = None) -> Response:
    found = area.page(agent()) | (more or {})
    whole = "HX-Request" not in request.headers

    def page() -> str:
        return render_template(
            "settings/frame.html" if whole else "settings/area.html",
            area=area,
            areas=list(_areas.values()),
            agent=agent(),
            is_owner=agent().role == "owner",
            is_saved=is_saved,
            fixed=team_settings.fixed(area.name),
            **found,
        )

    response = respond(found, page)
    response.headers["Content-Security-Policy"] = headers.policy(frames=True)
    response.vary.add("HX-Request")
    return response
