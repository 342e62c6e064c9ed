"""Measurement designs: which facets are crossed and which nested, and the effects that follow.

Written as in Brennan (2001): `p x i` for persons crossed with items, `i:p` for items nested in persons, `p x (r:t)` for
persons crossed with raters nested in tasks. An effect belongs to the facets whose levels it depends on: in `p x (r:t)` the
effects are p, t, r:t, p x t and p x r:t, the last of which is all that one score has to itself.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

_TOKEN = re.compile(r"\s*(×|[():]|\w+)")


@dataclass(frozen=True)
class Effect:
    """One effect of a design: the facets it is of (`main`), and all facets that its levels depend on (`facets`)."""

    name: str
    main: frozenset[str]
    facets: frozenset[str]


@dataclass(frozen=True)
class Design:
    """Facets in the order named, and for each the facets that it is nested in, directly or not."""

    facets: tuple[str, ...]
    nested_in: dict[str, frozenset[str]]

    def closure(self, facets: frozenset[str]) -> frozenset[str]:
        """`facets` with all that they are nested in."""
        return facets.union(*(self.nested_in[facet] for facet in facets))

    def effects(self) -> tuple[Effect, ...]:
        """Every effect of the design, main effects first."""
        found = []
        for size in range(1, len(self.facets) + 1):
            for main in itertools.combinations(self.facets, size):
                # A facet does not interact with what it is nested in: each of its levels occurs there once.
                if not any(self.nested_in[facet].intersection(main) for facet in main):
                    whole = self.closure(frozenset(main))
                    found.append(Effect(self._name(main, whole), frozenset(main), whole))
        return tuple(sorted(found, key=lambda effect: len(effect.facets)))

    def _name(self, main: tuple[str, ...], whole: frozenset[str]) -> str:
        around = sorted(whole.difference(main), key=lambda facet: (-len(self.nested_in[facet]), self.facets.index(facet)))
        if not around:
            return " x ".join(main)
        is_chain = all(outer in self.nested_in[inner] for inner, outer in itertools.pairwise(around))
        return f"{' x '.join(main)}:{':'.join(around) if is_chain else '(' + ' x '.join(around) + ')'}"


def parse_design(text: str) -> Design:
    """Read a design such as `p x (r:t)`; `a:b` nests every facet of a in every facet of b, `x` or `×` crosses.

    Raises `ValueError` for anything that is no design, and for a facet named twice.
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text) or not tokens:
        raise ValueError(f"design must name facets joined by x, : and brackets, such as 'p x (r:t)'; it is {text!r}")
    facets: list[str] = []
    nested_in: dict[str, frozenset[str]] = {}
    place = 0

    def refuse() -> ValueError:
        return ValueError(f"design must be facets joined by x, : and brackets, such as 'p x (r:t)'; it is {text!r}")

    def at(*wanted: str) -> bool:
        return place < len(tokens) and tokens[place] in wanted

    def crossed() -> list[str]:
        nonlocal place
        members = nested()
        while at("x", "×"):
            place += 1
            members = members + nested()
        return members

    def nested() -> list[str]:
        nonlocal place
        inner = group()
        if not at(":"):
            return inner
        place += 1
        outer = nested()
        for facet in inner:
            nested_in[facet] = nested_in[facet].union(outer, *(nested_in[other] for other in outer))
        return inner + outer

    def group() -> list[str]:
        nonlocal place
        if place >= len(tokens) or tokens[place] in (")", ":", "x", "×"):
            raise refuse()
        read = tokens[place]
        place += 1
        if read == "(":
            members = crossed()
            if not at(")"):
                raise refuse()
            place += 1
            return members
        if read in nested_in:
            raise ValueError(f"design must name each facet once; it names {read!r} twice")
        facets.append(read)
        nested_in[read] = frozenset()
        return [read]

    crossed()
    if place < len(tokens):
        raise refuse()
    return Design(tuple(facets), nested_in)
