"""Static files under an address that holds their version, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory
from rcssmin import cssmin
from rjsmin import jsmin
from werkzeug.security import safe_join

from widget.settings import ROOT

FOLDER = ROOT / "static"
SMALLER = {".js": jsmin, ".css": cssmin}

bp = Blueprint("static_files", __name__)


def _version() -> str:
    """A digest of all files: modules import each other by relative paths, so one version covers the tree."""
    digest = hashlib.sha256()
    for file in sorted(FOLDER.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(FOLDER).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


VERSION = _version()


@bp.app_template_global()
def asset(path: str) -> str:
    """The address of a static file."""
    return f"/static/{VERSION}/{path}"


def _files(path: str) -> list[Path]:
    """The files at an address: one, or several style sheets as if they were one ("css/a+b.css"), each once."""
    folder, slash, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    parts = dict.fromkeys(stem.split("+"))  # else an address could ask for one file a thousand times
    paths = [folder + slash + part + dot + suffix for part in parts] if suffix == "css" else [path]
    return [Path(safe_join(str(FOLDER), it) or FOLDER) for it in paths]


@cache
def minified(file: Path) -> bytes:
    """A script or a style sheet as it is sent: without comments, which are for us. Vendored files stay as they are."""
    text = file.read_text()
    if "vendor" not in file.parts:
        text = SMALLER[file.suffix](text)
    return text.encode()


@bp.get("/static/<version>/<path:path>")
def file(version: str, path: str) -> Response:
    """A static file; for ever when the version is ours, and not to be kept when a page is older or newer."""
    found = _files(path)
    if all(it.suffix in SMALLER and it.is_file() for it in found):
        response = Response(b"".join(map(minified, found)), mimetype=mimetypes.types_map[found[0].suffix])
        response.add_etag()
        response.make_conditional(request)
    else:
        response = send_from_directory(FOLDER, path, conditional=True)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    ours = version == VERSION
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if ours else "no-cache"
    return response
