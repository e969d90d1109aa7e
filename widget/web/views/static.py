"""Static files under an address that holds their version, so that browsers may keep them for ever.

Scripts are sent in the reader's language, which stands in the address beside the version: what a script imports, by a
relative path, comes in the same language.
"""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory
from rcssmin import cssmin
from rjsmin import jsmin
from werkzeug.security import safe_join

from widget import i18n
from widget.settings import ROOT
from widget.web import script_sentences

FOLDER = ROOT / "static"
SMALLER = {".js": jsmin, ".css": cssmin}

bp = Blueprint("static_files", __name__)


def _version() -> str:
    """A digest of all files: modules import each other by relative paths, so one version covers the tree."""
    digest = hashlib.sha256()
    for folder in (FOLDER, i18n.FOLDER):
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


VERSION = _version()


@bp.app_template_global()
def asset(path: str) -> str:
    """The address of a static file, for a reader of the language that this page is in."""
    language = i18n.language()
    edition = VERSION if language is i18n.SOURCE else f"{VERSION}-{language.code}"
    return f"/static/{edition}/{path}"


def _files(path: str) -> list[Path]:
    """The files at an address: one, or several style sheets as if they were one ("css/a+b.css"), each once."""
    folder, slash, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    parts = dict.fromkeys(stem.split("+"))  # else an address could ask for one file a thousand times
    paths = [folder + slash + part + dot + suffix for part in parts] if suffix == "css" else [path]
    return [Path(safe_join(str(FOLDER), it) or FOLDER) for it in paths]


@cache
def minified(file: Path, language: i18n.Language = i18n.SOURCE) -> bytes:
    """A script or a style sheet as it is sent: in this language, and without comments, which are for us.

    Vendored files stay as they are.
    """
    text = file.read_text()
    if "vendor" not in file.parts:
        if file.suffix == ".js":
            text = script_sentences.translate(text, language)
        text = SMALLER[file.suffix](text)
    return text.encode()


@bp.get("/static/<edition>/<path:path>")
def file(edition: str, path: str) -> Response:
    """A static file; for ever when the version is ours, and not to be kept when a page is older or newer."""
    version, _dash, code = edition.partition("-")
    language = i18n.read_by(code)
    files = _files(path)
    if all(it.suffix in SMALLER and it.is_file() for it in files):
        content = b"".join(minified(it, language) for it in files)
        response = Response(content, mimetype=mimetypes.types_map[files[0].suffix])
        response.add_etag()
        response.make_conditional(request)
    else:
        response = send_from_directory(FOLDER, path, conditional=True)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    ours = version == VERSION and language.code == (code or i18n.SOURCE.code)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if ours else "no-cache"
    return response
