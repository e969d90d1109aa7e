"""Pictures, in the child process: what one looks like, small; and the same without what it says of its author."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from widget.media import metadata

MOST_PIXELS = 100_000_000
SHOWN = (280, 320)
"""The largest a picture is shown within a message, in CSS pixels; its thumbnail has twice as many."""

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
_ORIENTATION = 0x0112  # Exif 2.32, 4.6.4
_SIDEWAYS = (5, 6, 7, 8)


def inspect(file: Path, workshop: Path) -> dict[str, Any]:
    """Its type and size, a placeholder, and in `workshop` a thumbnail.webp and, if need be, a clean copy.

    A moving picture gets no thumbnail, which would stand still.
    """
    Image.MAX_IMAGE_PIXELS = None  # the limit is ours
    with Image.open(file, formats=_FORMATS) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            return {"refused": "pixels"}
        form = str(image.format)
        orientation = int(image.getexif().get(_ORIENTATION, 1))
        moves = bool(getattr(image, "is_animated", False))
        if orientation in _SIDEWAYS:
            width, height = height, width
        if form not in ("JPEG", "PNG", "GIF", "WEBP") or (form != "JPEG" and orientation != 1):
            _convert(image, workshop / "clean")
            form = "JPEG"
        else:
            cleaned = metadata.without(file.read_bytes(), form, orientation)
            if cleaned is not None:
                (workshop / "clean").write_bytes(cleaned)
                del cleaned
        placeholder = _small(image, None if moves else workshop / "thumbnail.webp")
    return {"type": f"image/{form.lower()}", "width": width, "height": height, "placeholder": placeholder}


def _convert(image: Image.Image, target: Path) -> None:
    """For what not every browser shows, or what has its orientation where not every browser looks."""
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        ground = Image.new("RGB", upright.size, "white")
        ground.paste(upright, mask=upright.convert("RGBA").getchannel("A"))
        upright = ground
    upright.convert("RGB").save(target, "JPEG", quality=90)


def _small(image: Image.Image, thumbnail: Path | None) -> str | None:
    """Write the thumbnail; return the placeholder, which what one can see through does not get."""
    around = (2 * max(SHOWN), 2 * max(SHOWN))  # it may stand on its side
    # A JPEG is decoded at the size that is needed; what is converted before it is small takes twice the memory.
    image.draft("RGB", around)
    clear = image.has_transparency_data
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if clear else "RGB")
    image.thumbnail(around, reducing_gap=2)
    small = ImageOps.exif_transpose(image).convert("RGBA" if clear else "RGB")
    small.thumbnail((2 * SHOWN[0], 2 * SHOWN[1]))
    small.info.clear()
    if thumbnail is not None:
        small.save(thumbnail, "WEBP", quality=80)
    if small.mode != "RGB":
        return None
    small.thumbnail((16, 16))
    tiny = io.BytesIO()
    small.save(tiny, "WEBP", quality=20)
    return "data:image/webp;base64," + base64.b64encode(tiny.getvalue()).decode()
