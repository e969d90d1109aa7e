"""Images whose every corner can be told from the others, in all modes, formats, orientations and profiles."""

from __future__ import annotations

import io
import itertools
import struct
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

SIZE = (120, 80)
CORNERS = ((250, 20, 20), (20, 220, 20), (20, 20, 240), (240, 240, 240))
"""Top left, top right, bottom left, bottom right."""

GREYS = (30, 110, 180, 250)

MODES = {
    "JPEG": ("L", "RGB", "CMYK"),
    "MPO": ("RGB",),
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "GIF": ("P", "L"),
    "WEBP": ("RGB", "RGBA"),
    "AVIF": ("RGB", "RGBA"),
    "BMP": ("1", "L", "P", "RGB"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"),
}
"""A line here is a case more in every combination."""

ORIENTED = ("JPEG", "MPO", "PNG", "WEBP", "AVIF", "TIFF")

_TURNED = {  # which of the corners stand where, as Exif numbers them
    1: (0, 1, 2, 3),
    2: (1, 0, 3, 2),
    3: (3, 2, 1, 0),
    4: (2, 3, 0, 1),
    5: (0, 2, 1, 3),
    6: (2, 0, 3, 1),
    7: (3, 1, 2, 0),
    8: (1, 3, 0, 2),
}


@dataclass(frozen=True)
class Case:
    """One of the many images."""

    form: str
    mode: str
    orientation: int
    profile: str

    def __str__(self) -> str:
        return f"{self.form} {self.mode} {self.orientation} {self.profile}"

    @property
    def turned(self) -> tuple[int, ...]:
        """The corners, by their numbers, as they are to be seen."""
        return _TURNED[self.orientation]

    def write(self, folder: Path) -> Path:
        """The image as a file."""
        file = folder / "image"
        file.write_bytes(encoded(drawn(self.mode), self.form, self.orientation, self.profile))
        return file


def cases() -> list[Case]:
    """Every mode, format, orientation and profile that there is."""
    found = []
    for form, modes in MODES.items():
        orientations = range(1, 9) if form in ORIENTED else (1,)
        for mode, orientation in itertools.product(modes, orientations):
            colored = mode in ("RGB", "RGBA") and form not in ("GIF", "BMP")
            found += [
                Case(form, mode, orientation, it) for it in (("none", "srgb", "swapped") if colored else ("none",))
            ]
    return found


def drawn(mode: str) -> Image.Image:
    """An image of this mode with four corners."""
    base = "L" if mode in ("1", "L", "LA", "I;16", "I", "F") else "RGB"
    image = Image.new(base, SIZE)
    half = (SIZE[0] // 2, SIZE[1] // 2)
    for number, color in enumerate(GREYS if base == "L" else CORNERS):
        at = (number % 2 * half[0], number // 2 * half[1])
        image.paste(color, (*at, at[0] + half[0], at[1] + half[1]))
    if mode == "1":
        return image.point(lambda value: 255 if value > 100 else 0).convert("1")
    if mode == "P":
        return image.quantize(16)
    if mode == "I;16":
        return image.convert("I").point(lambda value: value * 257).convert("I;16")
    if mode == "F":
        return image.convert("F").point(lambda value: value * 0.001 + 3.0)
    if mode == "I":
        return image.convert("I").point(lambda value: value * 1000 + 5)
    image = image.convert(mode)
    if mode in ("LA", "RGBA"):  # a hole between the corners
        hole = Image.new("L", (20, 20), 0)
        alpha = image.getchannel("A")
        alpha.paste(hole, (50, 30))
        image.putalpha(alpha)
    return image


def encoded(image: Image.Image, form: str, orientation: int = 1, profile: str = "none") -> bytes:
    """The image in a format, with who made it in its metadata."""
    options: dict[str, object] = {}
    if form in ORIENTED:
        exif = Image.Exif()
        exif[0x0112], exif[0x010F] = orientation, "Canon"
        options["exif"] = exif
    if profile != "none":
        options["icc_profile"] = profile_of(swapped=profile == "swapped")
    if form == "MPO":
        options |= {"save_all": True, "append_images": [image]}
    if form in ("JPEG", "MPO"):
        options |= {"quality": 95, "subsampling": 0}
    if form in ("WEBP", "AVIF"):
        options |= {"quality": 95}
    made = io.BytesIO()
    image.save(made, form, **options)
    return made.getvalue()


def profile_of(swapped: bool) -> bytes:
    """A profile (ICC.1:2001-04) of sRGB's colours; with `swapped`, what is called red is shown green, and green red."""
    red, green, blue = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
    if swapped:
        red, green = green, red

    def xyz(values: tuple[float, ...]) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))

    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(2.2 * 256), 0)
    text = b"text\0\0\0\0made for a test\0"
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + b"\0" * 78
    tags = {
        **{b"desc": name, b"cprt": text, b"wtpt": xyz((0.9642, 1.0, 0.8249)), b"rXYZ": xyz(red), b"gXYZ": xyz(green)},
        **{b"bXYZ": xyz(blue), b"rTRC": curve, b"gTRC": curve, b"bTRC": curve},
    }
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        table += tag + struct.pack(">II", start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    rest = struct.pack(">I", len(tags)) + table + body
    head = struct.pack(">I", 128 + len(rest)) + b"\0" * 4 + b"\x02\x10\0\0" + b"mntrRGB XYZ " + b"\0" * 12 + b"acsp"
    head = head.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + rest


def corners(image: Image.Image) -> list[tuple[int, int, int]]:
    """The colours in the middle of the four corners, as they are seen on white."""
    seen = Image.new("RGB", image.size, "white")
    solid = image.convert("RGBA")
    seen.paste(solid, mask=solid.getchannel("A"))
    width, height = seen.size
    places = [(width // 4, height // 4), (3 * width // 4, height // 4)]
    places += [(x, y + height // 2) for x, y in places]
    return [seen.getpixel(place) for place in places]  # type: ignore[misc]


def photo(**options: object) -> bytes:
    made = io.BytesIO()
    noise = Image.effect_noise((900, 600), 90).convert("RGB")
    noise.paste((250, 20, 20), (0, 0, 450, 300))
    noise.save(made, "JPEG", quality=90, **options)
    return made.getvalue()


def padded(data: bytes) -> bytes:
    """Zeroes before the second segment and fill bytes before the third, as some cameras write them."""
    second = 4 + int.from_bytes(data[4:6], "big")
    third = second + 2 + int.from_bytes(data[second + 2 : second + 4], "big")
    return data[:second] + b"\0" * 7 + data[second:third] + b"\xff" * 9 + data[third:]


def commented(size: int) -> bytes:
    """A PNG with `size` bytes of text before its pixels."""
    made = io.BytesIO()
    texts = PngInfo()
    texts.add_text("parameters", "a castle, at dawn, " * (size // 19), zip=True)
    texts.add_text("parameters", "a castle, at dawn, " * (size // 19))
    drawn("RGB").save(made, "PNG", pnginfo=texts)
    return made.getvalue()


DAMAGED = {
    "cut at 99 %": photo()[: len(photo()) * 99 // 100],
    "cut at half": photo()[: len(photo()) // 2],
    "progressive, cut": photo(progressive=True)[:-3000],
    "without its end": photo()[:-2],
    "padded between segments": padded(photo()),
    "with bytes after its end": photo() + b"\0" * 5000,
    "a megabyte of text in a PNG": commented(1024 * 1024),
    "three megabytes of text in a PNG": commented(3 * 1024 * 1024),
    "a PNG that is cut": encoded(drawn("RGB"), "PNG")[:-30],
    "a TIFF that is cut": encoded(drawn("RGB"), "TIFF")[:-30],
}
"""What is somebody's photo all the same."""
