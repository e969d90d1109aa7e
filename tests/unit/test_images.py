"""Images of every kind through the inspection, looked at by their pixels."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from tests.unit import drawing
from widget.media import images, inspection

KEPT_AS_IT_IS = ("CMYK", "I", "F")
"""Modes of a TIFF that nothing which browsers show has, so that it stays one."""


def inspect(data: bytes, folder: Path) -> tuple[dict[str, object], bytes]:
    """What is found out about an image, and what is kept of it."""
    file = folder / "image"
    file.write_bytes(data)
    found = images.inspect(file, folder)
    instead = folder / "instead"
    return found, (instead if instead.exists() else file).read_bytes()


def near(one: tuple[int, ...], other: tuple[int, ...], within: int = 40) -> bool:
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


def expected(case: drawing.Case) -> list[tuple[int, int, int]]:
    """The colours of the four corners as they are to be seen."""
    if case.mode in ("1", "L", "LA", "I;16", "I", "F"):
        greys = [0, 255, 255, 255] if case.mode == "1" else list(drawing.GREYS)
        if case.form == "TIFF" and case.mode in ("I;16", "I", "F"):  # from the least to the greatest
            greys = [round((grey - 30) * 255 / 220) for grey in greys]
        colors = [(grey, grey, grey) for grey in greys]
    else:
        colors = list(drawing.CORNERS)
    if case.profile == "swapped":
        colors = [(green, red, blue) for red, green, blue in colors]
    return [colors[number] for number in case.turned]


@pytest.mark.parametrize("case", drawing.cases(), ids=str)
def test_an_image_is_kept_whole_and_its_thumbnail_looks_like_it(case: drawing.Case, tmp_path: Path) -> None:
    found, kept = inspect(
        drawing.encoded(drawing.drawn(case.mode), case.form, case.orientation, case.profile), tmp_path
    )
    width, height = drawing.SIZE if case.orientation < 5 else drawing.SIZE[::-1]
    assert (found["width"], found["height"]) == (width, height)

    small = Image.open(tmp_path / "thumbnail.webp")
    assert small.size == (width, height)
    for seen, wanted in zip(drawing.corners(small), expected(case), strict=True):
        assert near(seen, wanted), (seen, wanted)
    assert small.info.get("icc_profile") is None

    whole = Image.open(io.BytesIO(kept))
    if case.form == "TIFF" and case.mode in KEPT_AS_IT_IS:
        assert found["type"] == "image/tiff"
        return
    assert b"Canon" not in kept
    assert found["type"] != "image/tiff"
    assert found["type"] == f"image/{str(whole.format).lower()}"
    if case.form != "TIFF":
        assert found["type"] == f"image/{case.form.replace('MPO', 'JPEG').lower()}"
        assert "ending" not in found
    if case.form in ("PNG", "WEBP"):
        assert whole.getexif().get(0x0112, 1) == 1
    if case.profile != "none":
        assert whole.info["icc_profile"] == drawing.profile_of(case.profile == "swapped")
    if case.mode in ("LA", "RGBA"):
        assert whole.has_transparency_data
    if case.mode == "I;16":
        assert whole.mode.startswith("I")
    upright = ImageOps.exif_transpose(whole)
    assert upright.size == (width, height)
    if case.profile == "none" and case.mode not in ("I;16", "CMYK"):
        for seen, wanted in zip(drawing.corners(upright), expected(case), strict=True):
            assert near(seen, wanted), (seen, wanted)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "AVIF"])
def test_a_moving_image_keeps_moving_and_gets_no_thumbnail(form: str, tmp_path: Path) -> None:
    frames = [drawing.drawn("RGB"), Image.new("RGB", drawing.SIZE, "yellow"), drawing.drawn("RGB").rotate(180)]
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Canon"
    options = {} if form in ("GIF", "AVIF") else {"exif": exif}  # nobody writes Exif there
    frames[0].save(made, form, save_all=True, append_images=frames[1:], duration=100, **options)
    found, kept = inspect(made.getvalue(), tmp_path)
    assert found["type"] == f"image/{form.lower()}"
    assert Image.open(io.BytesIO(kept)).n_frames == 3  # type: ignore[attr-defined]
    assert not (tmp_path / "thumbnail.webp").exists()
    assert b"Canon" not in kept


def test_a_tiff_of_several_pages_stays_one_and_shows_its_first(tmp_path: Path) -> None:
    made = io.BytesIO()
    pages = [drawing.drawn("RGB"), Image.new("RGB", drawing.SIZE, "yellow")]
    pages[0].save(made, "TIFF", save_all=True, append_images=pages[1:])
    found, kept = inspect(made.getvalue(), tmp_path)
    assert (found["type"], kept) == ("image/tiff", made.getvalue())
    assert drawing.corners(Image.open(tmp_path / "thumbnail.webp"))[0][0] > 200


@pytest.mark.parametrize("mode", ["I;16", "F"])
def test_a_large_deep_image_is_made_small_within_the_limits_of_the_child(mode: str, tmp_path: Path) -> None:
    file = tmp_path / "image"
    large = drawing.drawn(mode).resize((6000, 4000), Image.Resampling.NEAREST)
    large.save(file, "PNG" if mode == "I;16" else "TIFF")
    found = inspection.inspect(file, "deep", tmp_path)
    assert found.thumbnail is not None
    seen = drawing.corners(Image.open(found.thumbnail))
    assert seen[0][0] < seen[1][0] < seen[2][0] < seen[3][0]


@pytest.mark.parametrize("name", drawing.DAMAGED)
def test_a_damaged_photo_is_a_photo(name: str, tmp_path: Path) -> None:
    found, kept = inspect(drawing.DAMAGED[name], tmp_path)
    assert found["width"] in (900, 120)
    assert b"castle" not in kept
    seen = drawing.corners(Image.open(tmp_path / "thumbnail.webp"))[0]
    assert near(seen, (250, 20, 20)), seen


def test_the_place_is_gone_from_an_avif_and_its_pixels_are_the_same(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Canon", 6
    exif.get_ifd(0x8825)[2] = (52.0, 30.0, 0.0)
    made = io.BytesIO()
    drawing.drawn("RGB").save(made, "AVIF", exif=exif, xmp=b"<x:xmpmeta>Canon at home</x:xmpmeta>", quality=90)
    _, kept = inspect(made.getvalue(), tmp_path)
    assert b"Canon" in made.getvalue()
    assert b"Canon" not in kept
    before, after = Image.open(made), Image.open(io.BytesIO(kept))
    assert not after.getexif().get_ifd(0x8825)
    assert before.tobytes() == after.tobytes()
    assert (before.getexif()[0x0112], after.getexif()[0x0112]) == (6, 6)
