"""From the bytes of an upload to bytes that are certainly text in one known encoding, or the reason why they are not.

What is decided here:

- UTF-8 is read as it is, with or without a byte order mark. A file that carries the mark and is not UTF-8 is refused.
- UTF-16 is read when its byte order mark says so; without the mark its NUL bytes refuse it. UTF-32 is refused.
- A file that is not UTF-8 is read as Windows-1252 (of which printable Latin-1 is a part), and a note says so. It is
  refused when it also holds sequences that are UTF-8, because then two files in two encodings were joined, and when it
  holds one of the five bytes that Windows-1252 does not define.
- A NUL byte anywhere, many control characters (more than eight, and than one in a hundred bytes), or the first bytes of
  another kind of file refuse the file.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import NoReturn

from assessment.errors import BadInput, Fault

_CHUNK = 2**20
_CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CUT_SEQUENCE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}")
_NOT_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_MARKUP = re.compile(rb"\s*(<(!doctype|html|\?xml|[a-z]+[ >])|\{\\rtf|\{\s*\"|\[\s*[\[{\"])", re.IGNORECASE)

_OTHER_KINDS = (
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file; save it as CSV (UTF-8)"),
    (b"BZh", "a bzip2 archive; unpack it first"),
    (b"\xfd7zXZ", "an xz archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"),
    (b"Rar!\x1a\x07", "a rar archive; unpack it first"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet file; save it as CSV (UTF-8)"),
)


@dataclass(frozen=True, slots=True)
class EncodedText:
    """`data` from byte `start` on is valid in `encoding` and free of NUL; `controls` tells whether control characters occur."""

    data: bytes
    start: int
    encoding: str
    controls: bool
    notes: tuple[str, ...]


def refuse_file(why: str, where: str = "file") -> NoReturn:
    """Raise BadInput for the file as a whole. `why` completes "The file …"."""
    raise BadInput(f"The file {why}. Nothing was read from it.", [Fault(where, why)])


def line_of(data: bytes, position: int) -> int:
    """The number of the line, from 1, that the byte at `position` stands on; a lone CR ends a line too."""
    before = data[:position]
    return before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1


def _first_invalid(data: bytes, start: int) -> int | None:
    """Where `data` stops being UTF-8, without ever holding all of it as text; None when all of it is."""
    if data.isascii():
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    for begin in range(start, len(data), _CHUNK):
        chunk = data[begin : begin + _CHUNK]
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=begin + _CHUNK >= len(data))
        except UnicodeDecodeError as error:
            return begin - held + error.start
    return None


def _refuse_other_kinds(data: bytes) -> None:
    if data.startswith(b"PK\x03\x04"):
        book = b"xl/" in data[:10_000] or b"[Content_Types].xml" in data[:10_000]
        refuse_file("is an Excel workbook, not CSV; save it as CSV (UTF-8)" if book else "is a zip archive; unpack it first")
    for magic, kind in _OTHER_KINDS:
        if data.startswith(magic):
            refuse_file(f"is {kind}")
    markup = _MARKUP.match(data[:200])
    if markup:
        refuse_file("is a web page, JSON or another marked-up text, not CSV")


def _without_utf16(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        refuse_file("is written in UTF-32; save it as UTF-8")
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data, ()
    try:
        return data.decode("utf-16").encode("utf-8"), ("The file was read as UTF-16.",)
    except UnicodeDecodeError:
        refuse_file("says that it is UTF-16, and is not or was cut off; save it as UTF-8")


def _refuse_binary(data: bytes) -> bool:
    """Refuse NUL bytes and binary content; return whether single control characters are left for the lines to answer for."""
    position = data.find(b"\x00")
    if position >= 0:
        head = data[:4_000]
        wide = head.count(b"\x00") * 3 > len(head)
        what = "looks like UTF-16 without a byte order mark" if wide else "holds a NUL byte"
        refuse_file(f"{what} (line {line_of(data, position)}); save it as UTF-8")
    head = data[:65_536]
    if len(_CONTROL.findall(head)) > max(8, len(head) // 100):
        refuse_file("is not text")
    return _CONTROL.search(data) is not None


def _windows_1252(data: bytes, invalid: int) -> tuple[str, ...]:
    sequence = _UTF8_SEQUENCE.search(data)
    if sequence and _CUT_SEQUENCE.fullmatch(data, invalid):
        refuse_file("ends in the middle of a character; it was cut off on its way")
    if sequence:
        lines = f"line {line_of(data, sequence.start())} is UTF-8, line {line_of(data, invalid)} is not"
        refuse_file(f"mixes two encodings ({lines}); save it as UTF-8")
    undefined = _NOT_WINDOWS.search(data)
    if undefined:
        refuse_file(f"is neither UTF-8 nor Windows-1252 (line {line_of(data, undefined.start())}); save it as UTF-8")
    return (f"The file is not UTF-8 (line {line_of(data, invalid)}) and was read as Windows-1252.",)


def recognise(data: bytes) -> EncodedText:
    """What `data` is as text. Raises BadInput when it is empty, binary, another kind of file or in no single encoding."""
    _refuse_other_kinds(data)
    data, notes = _without_utf16(data)
    start = 3 if data.startswith(codecs.BOM_UTF8) else 0
    if len(data) == start or data.isspace() or data[start:].isspace():
        refuse_file("is empty")
    controls = _refuse_binary(data)
    invalid = _first_invalid(data, start)
    if invalid is None:
        return EncodedText(data, start, "utf-8", controls, notes)
    if start:
        refuse_file(f"says that it is UTF-8, and line {line_of(data, invalid)} is not; save it as UTF-8 again")
    return EncodedText(data, start, "cp1252", controls, _windows_1252(data, invalid))
