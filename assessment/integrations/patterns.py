"""Shell globs over column names, with what their stars stood for."""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST_STARS = 5
_PARTS = re.compile(r"\*+|\?|\[!?\]?[^\]]*\]|[^*?\[]+|\[")


class Pattern:
    """A glob: `*` any characters, `?` one, `[1-8]` one of a set, `[!0]` one not of it. Letter case does not count.

    Each `*` takes as few characters as it can and the last one the rest, so that matching takes time in proportion to the
    name. Raises ValueError for a glob with more than five stars or with a set that is none.
    """

    def __init__(self, glob: str) -> None:
        self.glob = glob
        parts = _PARTS.findall(glob)
        stars = [place for place, part in enumerate(parts) if part[0] == "*"]
        if len(stars) > MOST_STARS:
            raise ValueError(f"has more than {MOST_STARS} stars")
        self.n_stars = len(stars)
        pieces = ["".join(map(_piece, parts[: stars[0]]))] if stars else ["".join(map(_piece, parts))]
        for star, following in zip(stars, [*stars[1:], len(parts)], strict=False):
            fixed = "".join(map(_piece, parts[star + 1 : following]))
            pieces.append(f"(.*){fixed}" if following == len(parts) else f"(?>(.*?){fixed})")
        try:
            self._regex = re.compile("".join(pieces), re.IGNORECASE | re.DOTALL)
        except re.error as error:
            raise ValueError("has a set in brackets that is none") from error

    def match(self, name: str) -> tuple[str, ...] | None:
        """What the stars stand for in `name`, or None when the name does not match."""
        found = self._regex.fullmatch(name)
        return found.groups() if found else None

    def among(self, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The matching names in their order, each with what the stars stand for."""
        return {name: taken for name in names if (taken := self.match(name)) is not None}


def _piece(part: str) -> str:
    if part == "?":
        return "."
    if len(part) > 2 and part[0] == "[" and part[-1] == "]":
        inner = part[1:-1]
        negated = inner.startswith("!")
        body = re.sub(r"([\\^\]\[&~|])", r"\\\1", inner[1:] if negated else inner)
        return f"[{'^' if negated else ''}{body}]"
    return re.escape(part)


def fill(template: str, taken: Iterable[str]) -> str:
    """`template` with each star replaced by what the same star of a pattern took; stars too many stay."""
    values = iter(taken)
    return re.sub(r"\*", lambda star: next(values, star.group()), template)
