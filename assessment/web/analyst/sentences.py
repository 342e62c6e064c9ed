"""Findings in words: the sentence that stands above each picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def study_finding(result: Mapping[str, Any]) -> str:
    """What a finished validity study found about the composite, in one sentence that does not go beyond the interval."""
    n, (low, high) = result["n"], result["composite"]["interval"]
    r = result["composite"]["r"]
    if low > 0:
        strength = "modestly" if r < 0.3 else "clearly" if r < 0.5 else "strongly"
        return (
            f"Yes, {strength}. Among {n:,} hires, people who scored higher were later rated higher; "
            f"the correlation could be as low as {coefficient(low)}."
        )
    if high < 0:
        return (
            f"It points the wrong way. Among {n:,} hires, people who scored higher were later rated lower; "
            f"the correlation lies between {coefficient(low)} and {coefficient(high)}."
        )
    between = f"between {coefficient(low)} and {coefficient(high)}"
    return f"Not shown. Among {n:,} hires the correlation lies {between}: none at all would also fit these data."


def parts_finding(parts: Sequence[Mapping[str, Any]]) -> str:
    """Which parts of the score carry the relation; a reminder of chance when there are many."""
    carried = [p["name"] for p in parts if p["interval"][0] > 0]
    against = [p["name"] for p in parts if p["interval"][1] < 0]
    if not carried and not against:
        return "No part stands out: every interval includes zero."
    words = []
    if carried:
        words.append(f"{_list(carried)} {'goes' if len(carried) == 1 else 'go'} with the criterion")
    if against:
        words.append(f"{_list(against)} {'goes' if len(against) == 1 else 'go'} against it")
    return _capital("; ".join(words) + ".")


def expectancy_finding(rows: Sequence[Mapping[str, Any]]) -> str:
    """The shares of the highest and lowest fifth as natural frequencies."""
    low, high = round(100 * rows[0]["share"]), round(100 * rows[-1]["share"])
    return (
        f"{high} in 100 hires from the highest fifth reached the upper half of the criterion, against {low} in 100 from the lowest."
    )


def sets_finding(strategies: Sequence[Mapping[str, Any]]) -> str:
    """Which set of predictors predicted best on people it did not learn from."""
    best = max(strategies, key=lambda s: s["r"])
    low, high = best["interval"]
    range_ = f"{coefficient(low)} to {coefficient(high)}"
    return f"{best['label']} predicted best on people left out of the fitting: r = {coefficient(best['r'])} ({range_})."


def strategies_finding(result: Mapping[str, Any]) -> str:
    """What the comparison of strategies recommends, and the gain over the current key."""
    by_name = {s["name"]: s for s in result["strategies"]}
    recommended, best = by_name[result["recommended"]], by_name[result["best"]]
    gain = recommended["r"] - by_name["current"]["r"]
    same = (
        "is the best of them" if recommended is best else f"is the simplest within one standard error of the best ({best['label']})"
    )
    if recommended["name"] == "current":
        return f"The current key {same}. Nothing here earns a change."
    return f"{recommended['label']} {same}. On people left out of the fitting it gains {coefficient(gain, 3)} over the current key."


def weights_finding(weights: Sequence[Mapping[str, Any]]) -> str:
    """Which weights rise and fall most, and how many stop at the cap."""
    if not weights:
        return "This strategy learns weights from nothing; there is no before to compare with."
    changes = sorted(weights, key=lambda w: w["proposed"] - w["current"])
    up, down, capped = changes[-1], changes[0], sum(bool(w["capped"]) for w in weights)
    sentence = f"{_list([up['name'], down['name']]).replace(' and ', ' gains most and ')} loses most."
    if capped:
        sentence += f" {_count(capped)} {'change stops' if capped == 1 else 'changes stop'} at the cap of 25 % for one release."
    return _capital(sentence)


def shadow_finding(shadow: Mapping[str, Any]) -> str:
    """How many people would cross the line."""
    if shadow["n_crossing"] == 0:
        return f"Nobody of {shadow['n']:,} would cross the line."
    return (
        f"{_count(shadow['n_crossing'])} of {shadow['n']:,} would cross the line. Past decisions keep the key they were made with."
    )


def coefficient(value: float, digits: int = 2) -> str:
    text = f"{abs(value):.{digits}f}".removeprefix("0")
    return ("−" if value < 0 and float(text) != 0 else "") + text


def _list(words: Sequence[str]) -> str:
    words = [w if i == 0 or not w[1:].islower() else w[0].lower() + w[1:] for i, w in enumerate(words)]
    if len(words) > 4:
        return f"{', '.join(words[:3])} and {len(words) - 3} others"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _count(n: int) -> str:
    small = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
    return small[n] if n < len(small) else f"{n:,}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
