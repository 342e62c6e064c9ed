"""The size of a picture is read from its head, and nothing is believed of a broken one."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.bank.picture_size import picture_size

PICTURE = Path(__file__).parents[2] / "questions/media/no-warm-water-at-eight/heater-log.png"


def png(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


def jpeg(width: int, height: int, frame: int = 0xC2) -> bytes:
    """An application segment and a Huffman table before the frame, as cameras write them."""
    before = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + bytes(9) + b"\xff\xc4" + struct.pack(">H", 5) + bytes(3)
    return b"\xff\xd8" + before + bytes([0xFF, frame]) + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 12 + len(body)) + b"WEBP" + kind + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    "content",
    [
        png(780, 640),
        jpeg(780, 640),
        jpeg(780, 640, frame=0xC0),
        webp(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", 780, 640)),
        webp(b"VP8L", b"\x2f" + struct.pack("<I", 779 | 639 << 14)),
        webp(b"VP8X", bytes(4) + struct.pack("<HBHB", 779, 0, 639, 0)),
        PICTURE.read_bytes(),
    ],
)
def test_the_size_is_what_the_file_says(content: bytes) -> None:
    assert picture_size(content) == (780, 640)


@pytest.mark.parametrize("content", [b"", b"GIF89a" + bytes(20), png(0, 5), png(2**31, 5), jpeg(780, 640)[:30], png(780, 640)[:18]])
def test_a_size_that_cannot_be_is_none(content: bytes) -> None:
    assert picture_size(content) is None


@given(st.sampled_from([png(3, 4), jpeg(3, 4), webp(b"VP8X", bytes(10)), webp(b"VP8L", bytes(5))]), st.data())
def test_no_broken_picture_breaks_the_reader(content: bytes, data: st.DataObject) -> None:
    cut = content[: data.draw(st.integers(0, len(content)))] + data.draw(st.binary(max_size=40))
    size = picture_size(cut)
    assert size is None or all(1 <= side <= 20_000 for side in size)
