"""Captions in WebVTT (W3C Candidate Recommendation, 2019): cues with their times, or the reason why there are none."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?")
_TAG = re.compile(r"<[^>]*>")
_NOT_CUES = ("NOTE", "STYLE", "REGION")


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: from and to in seconds, and its words without markup."""

    start: float
    end: float
    words: str


def read_cues(content: str) -> list[Cue]:
    """The cues of a WebVTT file in order. Raises ValueError, in words, for what is none or is out of order."""
    lines = content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        raise ValueError("does not begin with WEBVTT")
    cues: list[Cue] = []
    for block in re.split(r"\n{2,}", "\n".join(lines[1:]).strip("\n")):
        if block and not block.startswith(_NOT_CUES):
            cues.append(_cue(block.split("\n"), len(cues) + 1))
            if len(cues) > 1 and cues[-1].start < cues[-2].start:
                raise ValueError(f"has cue {len(cues)} before the cue that stands above it")
    if not cues:
        raise ValueError("has no cue")
    return cues


def _cue(lines: list[str], number: int) -> Cue:
    if "-->" not in lines[0]:
        lines = lines[1:]  # the name of the cue
    timing = _TIMING.fullmatch(lines[0]) if lines else None
    if timing is None:
        raise ValueError(f"has no times in cue {number}; they look like 00:01.000 --> 00:04.000")
    start, end = _seconds(*timing.groups()[:4]), _seconds(*timing.groups()[4:])
    if end <= start:
        raise ValueError(f"has a cue {number} that ends before it begins")
    return Cue(start, end, html.unescape(_TAG.sub("", " ".join(lines[1:]))).strip())


def _seconds(hours: str | None, minutes: str, seconds: str, thousandths: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths) / 1000
