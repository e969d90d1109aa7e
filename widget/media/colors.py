"""The colours of an image, in the child process: made visible, and those of its profile made those of the web."""

from __future__ import annotations

import io
import math

from PIL import Image, ImageCms

from widget.media.sizes import THUMBNAIL

_DEEP = ("I;16", "I;16B", "I;16L", "I;16N")


def visible(image: Image.Image) -> Image.Image:
    """The image in a mode that can be made smaller: palettes resolved, deep and floating values as shades of grey.

    A PNG of 16 bits is shown as browsers do, over its whole range; measurements from their least to their greatest.
    """
    clear = image.has_transparency_data
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if clear else "RGB")
    if image.mode == "1":
        return image.convert("LA" if clear else "L")
    if image.mode in (*_DEEP, "I", "F"):
        return _grey(image)
    if clear and image.mode in ("L", "RGB"):  # one colour of it is to be seen through
        return image.convert("LA" if image.mode == "L" else "RGBA")
    return image


def _grey(image: Image.Image) -> Image.Image:
    least, most = (0.0, 65535.0) if image.format == "PNG" else map(float, image.getextrema())  # type: ignore[arg-type]
    if not (math.isfinite(least) and math.isfinite(most)) or least == most:
        least, most = (0.0, 255.0) if image.mode == "F" else (0.0, 65535.0)
    scale = 255 / (most - least)
    # Small first: the values take four bytes each on their way. Without a gap, since 16 bits cannot be reduced.
    image.thumbnail((max(THUMBNAIL), max(THUMBNAIL)), Image.Resampling.BOX, reducing_gap=None)
    return image.convert("F").point(lambda value: value * scale - least * scale).convert("L")


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The image in RGB or RGBA, with its colours as they look in the profile; without one, or with a broken one, as
    they are."""
    clear = image.mode.endswith("A") or image.mode == "La"
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = "RGBA" if image.mode == "RGBA" else "RGB"
            flat = image.convert("L") if image.mode == "LA" else image
            done = ImageCms.profileToProfile(flat, source, ImageCms.createProfile("sRGB"), outputMode=target)
            if done is not None:
                if image.mode == "LA":
                    done.putalpha(image.getchannel("A"))
                return done
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image.convert("RGBA" if clear else "RGB")
