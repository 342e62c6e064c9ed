"""Lines of one file that speak of the same person twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from assessment.integrations.values import shown

Entry = TypeVar("Entry")


def repeated_lines(
    entries: Sequence[Entry],
    line: Callable[[Entry], int],
    keys: Mapping[str, Callable[[Entry], str]],
    content: Callable[[Entry], Hashable],
) -> tuple[dict[int, str], dict[int, str]]:
    """The lines that say again what another says, and the lines that contradict another, each with its reason.

    Of lines with equal `content` the first stays. When lines with one key say different things, none of them stays,
    because nothing in the file tells which is right.
    """
    duplicates: dict[int, str] = {}
    conflicts: dict[int, str] = {}
    counts = {name: Counter(map(key, entries)) for name, key in keys.items()}
    first: dict[Hashable, int] = {}
    different: list[Entry] = []
    for entry in entries:
        if all(counts[name][key(entry)] == 1 for name, key in keys.items()):
            continue
        said = first.setdefault(content(entry), line(entry))
        if said == line(entry):
            different.append(entry)
        else:
            duplicates[line(entry)] = f"says the same as line {said}"
    for name, key in keys.items():
        lines: dict[str, list[int]] = {}
        for entry in different:
            lines.setdefault(key(entry), []).append(line(entry))
        for value, numbers in lines.items():
            if len(numbers) > 1:
                reason = f"{name} {shown(value)} stands on {some_lines(numbers)} with different values; none of them was kept"
                conflicts.update(dict.fromkeys(numbers, reason))
    return duplicates, conflicts


def some_lines(numbers: Iterable[int], most: int = 8) -> str:
    """Line numbers in words: "line 3", "lines 3, 9", "lines 3, 9 and 40 more"."""
    found = sorted(numbers)
    if len(found) == 1:
        return f"line {found[0]}"
    rest = f" and {len(found) - most} more" if len(found) > most else ""
    return "lines " + ", ".join(map(str, found[:most])) + rest
