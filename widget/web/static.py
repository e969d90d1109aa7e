"""Static files under an address that holds their version, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

FOLDER = Path(__file__).parent.parent.parent / "static"

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


@bp.get("/static/<version>/<path:path>")
def file(version: str, path: str) -> Response:
    """A static file; for ever when the version is ours, and not to be kept when a page is older or newer."""
    response = send_from_directory(FOLDER, path, conditional=True)
    ours = version == VERSION
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if ours else "no-cache"
    return response
