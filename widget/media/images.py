"""Images, in the child process: what one looks like, small; and the same without what it says of its author.

It is cleaned first, byte by byte, and decoded afterwards: what is known before decoding holds when that fails.
"""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

from PIL import Image, ImageFile

from widget.media import colors, metadata, signatures
from widget.media.sizes import THUMBNAIL

MOST_PIXELS = 100_000_000

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
_ENDINGS = {"JPEG": ".jpg", "PNG": ".png"}
_SIDEWAYS = (5, 6, 7, 8)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def inspect(file: Path, folder: Path) -> dict[str, Any]:
    """Its `type`, `width` and `height`, and in `folder` a thumbnail.webp, and a cleaned or converted copy ("instead").

    `ending` is there when it was converted, `placeholder` where nothing can be seen through it; a moving image gets no
    thumbnail, which would stand still. A TIFF stays one when nothing that browsers show has all of it. `refused` is
    pixels for what is too large for whoever opens it.
    """
    Image.MAX_IMAGE_PIXELS = None  # the limit is ours
    ImageFile.LOAD_TRUNCATED_IMAGES = True  # an image that was cut off is somebody's photo still
    cleaned, orientation = _clean(file, folder)
    # From an open file: by its path, Pillow would map it into memory, and turn a TIFF of some modes into stripes.
    with cleaned.open("rb") as opened, Image.open(opened, formats=_FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            return {"refused": "pixels"}
        form = "JPEG" if image.format == "MPO" else str(image.format)
        moves = image.format != "MPO" and getattr(image, "n_frames", 1) > 1
        if form == "AVIF":  # its turns are in its boxes, and browsers know them
            orientation = int(image.getexif().get(0x0112, 1))
        facts: dict[str, Any] = {"type": f"image/{form.lower()}"}
        facts["width"], facts["height"] = _upright_size(image, orientation)
        (folder / "found.json").write_text(json.dumps(facts))
        if form == "TIFF" or (form in ("PNG", "WEBP") and orientation != 1 and not moves):
            facts |= _convert(image, form, orientation, moves, folder)
        if not moves or form == "TIFF":
            facts["placeholder"] = _small(image, orientation, folder / "thumbnail.webp")
    return facts


def _clean(file: Path, folder: Path) -> tuple[Path, int]:
    """The file without its metadata, and the orientation that was in it; the file itself if there was nothing to do."""
    data = file.read_bytes()
    mime = signatures.image(data[: 64 * 1024])
    cleaned, orientation = metadata.without(data, mime or "")
    if cleaned == data:
        return file, orientation
    instead = folder / "instead"
    instead.write_bytes(cleaned)
    return instead, orientation


def _upright_size(image: Image.Image, orientation: int) -> tuple[int, int]:
    return (image.height, image.width) if orientation in _SIDEWAYS else image.size


def _convert(image: Image.Image, form: str, orientation: int, moves: bool, folder: Path) -> dict[str, Any]:
    """For what browsers do not show, or whose orientation they do not see; with its colours and what one can see
    through. What would lose more than its metadata stays what it is."""
    if moves or image.mode in ("F", "I", "CMYK", "LAB", "YCbCr"):  # several pages, measurements, inks
        return {}
    upright = _upright(image, orientation)
    upright.info = {name: value for name, value in upright.info.items() if name in ("icc_profile", "transparency")}
    if form == "TIFF":  # PNG for what is sharp, or deep, or can be seen through
        form = "JPEG" if upright.mode in ("L", "RGB") and not upright.has_transparency_data else "PNG"
        facts = {"type": f"image/{form.lower()}", "ending": _ENDINGS[form]}
    else:
        facts = {}
    half = folder / "half"
    upright.save(half, form, quality=90, icc_profile=upright.info.get("icc_profile"))
    half.replace(folder / "instead")
    return facts


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turned so that it needs no orientation."""
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def _small(image: Image.Image, orientation: int, thumbnail: Path) -> str | None:
    """Write the thumbnail, in sRGB; return the placeholder, which what one can see through does not get."""
    around = (max(THUMBNAIL), max(THUMBNAIL))  # it may stand on its side
    # A JPEG is decoded at the size that is needed; what is converted before it is small takes twice the memory.
    image.draft(image.mode, around)
    profile = image.info.get("icc_profile")
    small = colors.visible(image)
    small.thumbnail(around, reducing_gap=2)
    small = _upright(small, orientation)
    small = colors.to_srgb(small, profile)
    small.thumbnail(THUMBNAIL)
    small.info.clear()
    small.save(thumbnail, "WEBP", quality=80)
    if small.mode != "RGB":
        return None
    small.thumbnail((16, 16))
    tiny = io.BytesIO()
    small.save(tiny, "WEBP", quality=20)
    return "data:image/webp;base64," + base64.b64encode(tiny.getvalue()).decode()
