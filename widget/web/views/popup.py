"""The embedding side: the loader that pages include, the popup that it frames, and the way to the demo."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from widget import extensions, i18n
from widget.chat import appearance
from widget.chat.errors import NotFound
from widget.chat.team_settings import MAX_AGE
from widget.i18n import _
from widget.text import addresses, clean
from widget.web import colors, fields, headers, own_address, serializers
from widget.web.views import static

bp = Blueprint("popup", __name__)


@bp.get("/")
def start() -> str:
    """The address of the server itself: the ways for visitors and for the team."""
    return render_template("pages/start.html")


@bp.get("/widget.js")
def loader() -> AnyResponse:
    """The script behind the one tag. Revalidated at each use, since its address never changes."""
    if "failure" in request.args:
        return _failure()
    script = _without_space(static.minified(static.FOLDER / "loader.js"))
    response = _for_any_page(script.replace(b"...site,", b"..." + _site() + b",", 1))
    response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _failure() -> Response:
    """The module that tells why the popup is not there. It has the loader's path, so that a policy that lets in that
    script by its path lets in this one too; a module always says which origin it is for."""
    refused = b"const refused=" + json.dumps(_may_not_embed()).encode() + b";"
    response = _for_any_page(refused + static.minified(static.FOLDER / "js/popup/failure.js", i18n.language()))
    response.headers["Cache-Control"] = "no-store"
    return response


def _for_any_page(script: bytes) -> Response:
    """A script that any page may load, also as a module, with a crossorigin attribute, or isolated."""
    response = Response(script, mimetype="text/javascript")
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


_SHEET = re.compile(rb"(?<=const css=`)[^`]+")
_SPACE = re.compile(rb"\n\s*|(?<=[:;,{]) | (?=[{}])")
_EXPRESSION = re.compile(rb"\$\{[^}]*\}")
_OPERATOR = re.compile(rb" (\W{1,3}) ")
_NEEDLESS = re.compile(rb"[;,](?=\})")


def _without_space(script: bytes) -> bytes:
    """The loader without what is for us in its template literals, which are strings to a script's minifier: the space
    in the style sheet and in expressions. Nor does it need a comma or a semicolon before a brace, since it has no
    statement that is empty."""
    script = _SHEET.sub(lambda sheet: _SPACE.sub(b"", sheet[0]), script)
    return _NEEDLESS.sub(b"", _EXPRESSION.sub(lambda it: _OPERATOR.sub(rb"\1", it[0]), script))


def _site() -> bytes:
    """What the owner has set, as the loader knows it; no byte more than that, for it is on everybody's page."""
    shape = {name: value for name, value in serializers.launcher(appearance.shown(MAX_AGE)).items() if value}
    return json.dumps(shape, separators=(",", ":")).replace("<", "\\u003c").encode()


@bp.get("/popup")
def popup() -> Response:
    """The popup's page; the same for everybody."""
    response = Response(_page(), mimetype="text/html")
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Content-Security-Policy"] = headers.policy(embeddable=True)
    response.headers["Cache-Control"] = "no-cache"
    response.vary.update(("Sec-Fetch-Dest", "Referer"))
    # A page with a Cross-Origin-Embedder-Policy frames only what has one as well, and says that it may be framed.
    response.headers["Cross-Origin-Embedder-Policy"] = "credentialless"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@bp.get("/join/<token>")
def join(token: str) -> Response:
    """Where an invitation leads to: the popup as a page of its own, which asks before it joins."""
    response = Response(_page(token), mimetype="text/html")
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"  # who has the address may join
    return response


def _may_not_embed() -> bool:
    """Whether the page that asks is known to be of an origin that is not allowed; not every page says where it is."""
    page = addresses.parse(request.headers.get("Origin") or request.referrer or "")
    if page is None or page.origin == own_address.base_url():
        return False
    return not extensions.settings().may_embed(page.origin)


def _of_allowed_page() -> bool:
    """Whether the popup stands in a page that may embed it, or was opened by one that the settings name.

    Only such a page decides what the team is called and says: an address alone could be anybody's. Which pages a frame
    may stand in is enforced by the browser, by the policy that comes with this answer.
    """
    if request.headers.get("Sec-Fetch-Dest") in ("iframe", "frame"):
        return True
    opener = urlsplit(request.referrer or "")
    # What all pages may do says nothing of one.
    allowed = extensions.settings().allowed_origins
    return allowed != ("*",) and extensions.settings().may_embed(f"{opener.scheme}://{opener.netloc.lower()}")


def _page(invite: str = "") -> str:
    """The appearance that the tag asks for, as far as it makes sense."""
    args = request.args
    words = args if _of_allowed_page() else {}
    chosen = appearance.shown()
    locale = args.get("locale", "").replace("_", "-")
    return render_template(
        "popup/popup.html",
        team=clean.cut(clean.line(words.get("name", "")), appearance.NAME_LIMIT) or chosen.name,
        picture=chosen.picture,
        greeting=clean.cut(clean.text(words.get("greeting", "")), appearance.GREETING_LIMIT) or chosen.greeting,
        theme=args.get("theme") if args.get("theme") in appearance.THEMES else chosen.theme,
        locale=locale if fields.LANGUAGE.fullmatch(locale) else "",
        color_tokens=colors.tokens(colors.accent(args.get("color") or chosen.color)),
        nonce=headers.nonce(),
        allowed_origins=" ".join(extensions.settings().allowed_origins),
        invite=invite,
        alone=request.headers.get("Sec-Fetch-Dest") == "document",
        preview="preview" in args,
        closed=_closed(),
        calls_to_apps=serializers.calls_to_apps(),
    )


def _closed() -> serializers.Json | None:
    """What visitors read outside the team's hours; nothing while the database is away."""
    with suppress(SQLAlchemyError):
        return serializers.closed()
    return None


@bp.get("/demo")
def demo() -> AnyResponse:
    """Leads to the demo shop, which stands on an origin of its own."""
    shop = extensions.settings().demo_shop
    if not shop:
        raise NotFound(_("The demo shop runs only with make demo."))
    return redirect(shop)
