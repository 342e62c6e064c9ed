"""Width and height of a picture, so that a page keeps its place free and nothing jumps when it arrives."""

from __future__ import annotations

from collections.abc import Callable
from struct import error as TooShort
from struct import unpack_from

Size = tuple[int, int]
LARGEST_SIDE = 20_000


def picture_size(content: bytes) -> Size | None:
    """Width and height in pixels as the file says. None for a kind that is not known here, or a broken file."""
    for sign, start, read in _KINDS:
        if content[start : start + len(sign)] == sign:
            try:
                found = read(content)
            except TooShort:
                return None
            return found if found is not None and all(0 < side <= LARGEST_SIDE for side in found) else None
    return None


def _png(content: bytes) -> Size:
    width, height = unpack_from(">II", content, 16)
    return width, height


def _jpeg(content: bytes) -> Size | None:
    """The first frame header: SOF0 to SOF15, but for the three markers in between that are none."""
    place = 2
    while content[place : place + 1] == b"\xff":
        marker, length = unpack_from(">BH", content, place + 1)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = unpack_from(">HH", content, place + 5)
            return width, height
        place += 2 + length
    return None


def _webp(content: bytes) -> Size | None:
    """Lossy, lossless or extended (RFC 9649)."""
    kind = content[12:16]
    if kind == b"VP8 ":
        width, height = unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = unpack_from("<I", content, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        width, width_high, height, height_high = unpack_from("<HBHB", content, 24)
        return (width_high << 16 | width) + 1, (height_high << 16 | height) + 1
    return None


_KINDS: tuple[tuple[bytes, int, Callable[[bytes], Size | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, _png),
    (b"\xff\xd8\xff", 0, _jpeg),
    (b"WEBP", 8, _webp),
)
