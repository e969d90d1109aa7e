"""How the formats that are shown or played begin: not by a few letters, which a text may begin with, but as they are
built."""

from __future__ import annotations

import struct

_GIF_BLOCKS = (0x21, 0x2C, 0x3B)  # an extension, an image, the end (GIF89a, 17 to 27)
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)

_AVIF_BRANDS = {b"avif", b"avis"}
_MP4_BRANDS = {
    *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"isoa", b"isob", b"isoc"),
    *(b"mp41", b"mp42", b"mp71", b"avc1", b"av01", b"hvc1", b"dash", b"msdh", b"cmfc", b"mmp4", b"MSNV", b"NDSC"),
    *(b"M4A ", b"M4B ", b"M4P ", b"M4V ", b"M4VP", b"M4VH", b"F4V ", b"f4v ", b"F4A ", b"kddi"),
}

# kbit/s of MPEG 1 and of MPEG 2 and 2.5, by layer (ISO 11172-3, 2.4.2.3; ISO 13818-3). Nobody uses layer I, whose
# frames begin like a text in UTF-16.
_BITRATES = {
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44100, 48000, 32000)  # Hz; half of it in MPEG 2, a quarter in 2.5


def image(head: bytes) -> str | None:
    """The media type of an image that browsers show, or that is made into one; None for anything else."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:15] == b"WEBPVP8":
        return "image/webp"
    if head[:4] in (b"II*\0", b"MM\0*"):
        return "image/tiff"
    if _is_gif(head):
        return "image/gif"
    if _is_bmp(head):
        return "image/bmp"
    return "image/avif" if brands(head) & _AVIF_BRANDS else None


def audio_or_video(head: bytes) -> str | None:
    """The media type of what browsers play; a container that may hold video counts as video here."""
    names = brands(head)
    if names:
        if head[8:12] == b"qt  ":
            return "video/quicktime"
        return "video/mp4" if names & _MP4_BRANDS or any(it[:3] in (b"3gp", b"3g2") for it in names) else None
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm" if b"webm" in head[:128] else None
    if head[:5] == b"OggS\0":
        return "video/ogg" if b"\x80theora" in head[:4096] else "audio/ogg"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    return _audio_stream(head)


def brands(head: bytes) -> set[bytes]:
    """The major and all compatible brands of an ISO base media file (ISO 14496-12, 4.3); none for anything else."""
    if head[4:8] != b"ftyp":
        return set()
    size = struct.unpack(">I", head[:4])[0]
    if not 16 <= size <= 4096:
        return set()
    return {head[8:12], *(head[at : at + 4] for at in range(16, min(size, len(head)) - 3, 4))}


def _is_gif(head: bytes) -> bool:
    """Whether there is a block where a GIF has its first one: behind the header and the palette."""
    if head[:6] not in (b"GIF87a", b"GIF89a") or len(head) < 14:
        return False
    first = 13 + (3 << ((head[10] & 7) + 1) if head[10] & 0x80 else 0)
    return head[first : first + 1] != b"" and head[first] in _GIF_BLOCKS


def _is_bmp(head: bytes) -> bool:
    if head[:2] != b"BM" or len(head) < 30:
        return False
    header = struct.unpack("<I", head[14:18])[0]
    planes = head[22:24] if header == 12 else head[26:28]
    return header in _BMP_HEADERS and planes == b"\1\0"


def _audio_stream(head: bytes) -> str | None:
    """Audio without a container, perhaps behind an ID3 tag (id3.org, 2.4.0, 3.1)."""
    start = 0
    if head[:3] == b"ID3" and len(head) >= 10 and head[3] in (2, 3, 4) and max(head[6:10]) < 0x80:
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        start = 10 + size
        if start >= len(head):  # a cover fills all that was read
            return "audio/mpeg"
        start = len(head) - len(head[start:].lstrip(b"\0"))  # padding
    if head[start : start + 4] == b"fLaC" and head[start + 4 : start + 5] in (b"\0", b"\x80"):
        return "audio/flac"
    for length_of, mime in ((_mpeg_frame, "audio/mpeg"), (_aac_frame, "audio/aac")):
        length = length_of(head, start)
        # One header may be chance; the next frame is not. Behind a tag, and at the end of a file, one is enough.
        if length and (start or start + length >= len(head) or length_of(head, start + length)):
            return mime
    return None


def _mpeg_frame(head: bytes, at: int) -> int:
    """The length of the MPEG audio frame (MP3 and its older sisters) that begins here, in bytes; 0 without one."""
    if len(head) < at + 4 or head[at] != 0xFF or head[at + 1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[at + 1] >> 3 & 3, 4 - (head[at + 1] >> 1 & 3)
    bitrate, rate, padding = head[at + 2] >> 4, head[at + 2] >> 2 & 3, head[at + 2] >> 1 & 1
    if version == 1 or layer not in (2, 3) or bitrate in (0, 15) or rate == 3:
        return 0
    kilobits = _BITRATES[1 if version == 3 else 2, layer][bitrate - 1]
    hertz = _RATES[rate] // (1 if version == 3 else 2 if version == 2 else 4)
    samples = 72_000 if layer == 3 and version != 3 else 144_000
    return samples * kilobits // hertz + padding


def _aac_frame(head: bytes, at: int) -> int:
    """The length of the AAC frame in ADTS (ISO 13818-7, 6.2) that begins here, in bytes; 0 without one."""
    if len(head) < at + 7 or head[at] != 0xFF or head[at + 1] & 0xF6 != 0xF0 or head[at + 2] >> 2 & 15 > 12:
        return 0
    length = (head[at + 3] & 3) << 11 | head[at + 4] << 3 | head[at + 5] >> 5
    return length if length > 7 else 0
