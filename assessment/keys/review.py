"""The checks of the item review that need scores: A13 balance, A14 blind rules, A15 what each format asks of its scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from assessment.bank.catalogue import Bank, form_items
from assessment.bank.review.findings import Finding, Severity
from assessment.bank.review.texts import source_texts
from assessment.bank.units import Unit, units
from assessment.errors import Fault
from assessment.keys.balance import (
    BLIND_RULES,
    KeyedOption,
    KeyedUnit,
    all_fives_gain,
    length_score_correlation,
    move_means,
    positions,
    rule_gain,
)
from assessment.keys.check import check_key, stray_entries
from assessment.keys.key import ScoringKey
from assessment.psychometrics.distributions import chi_squared_tail

CHECKS_OF_A_KEY = frozenset({"A13", "A14", "A15"})
FEWEST_UNITS = 20
"""A share or correlation over fewer units is mostly chance."""
POSITION_P, POSITION_SHARE = 0.01, 0.35
LENGTH_ERROR, LENGTH_WARNING = 0.25, 0.15
GAIN_ERROR, GAIN_WARNING = 0.15, 0.10
FEWEST_MOVES = 8
MOVE_MEANS = (2.0, 4.0)
_ROUNDING = 1e-9


def review_key(bank: Bank, key: ScoringKey, file: str) -> list[Finding]:
    """Findings of A13 to A15 for a key whose file is called `file`. A linear key is for items that are in no bank: none."""
    if key.model.kind == "linear":
        return []
    keyed = keyed_units(bank, key)
    return [*_score_findings(bank, key, file), *balance_findings(key, file, keyed), *blindness_findings(key, file, keyed)]


def keyed_units(bank: Bank, key: ScoringKey) -> list[KeyedUnit]:
    """Every scored unit of the bank with options that the key has scores for, in the order of the bank."""
    found = []
    for item in bank.items.values():
        if item.id in bank.practice or item.status == "retired":
            continue
        for question in source_texts(bank, item).questions:
            entry = key.items.get(question.code)
            if entry is None or any(option.id not in entry.options for option in question.options):
                continue
            options = (
                KeyedOption(option.id, len(option.words), frozenset(option.moves), entry.options[option.id].score)
                for option in question.options
            )
            found.append(KeyedUnit(question.code, entry.method, tuple(options)))
    return found


def _score_findings(bank: Bank, key: ScoringKey, file: str) -> Iterator[Finding]:
    """A15: whatever `bank check` says of a key, warnings of format as well, is an error of its items here."""
    needed = bank.units
    if key.head.form is not None and key.head.form not in bank.forms:
        message = f"{key.head.form} is not a form of the bank"
        yield Finding("A15", "error", key.id, file, "[key] form", message, "Name a form of the bank, or none.")
    elif key.head.form is not None:
        needed = tuple(unit for item in form_items(bank, bank.forms[key.head.form]) for unit in units(item))
    others = [unit for unit in bank.units if unit not in needed and unit.code in key.items]
    faults = [
        fault for found in (check_key(key, needed, facets=bank.facets), check_key(key, others)) for part in found for fault in part
    ]
    for fault in [*faults, *stray_entries(key, bank.units)]:
        yield Finding(
            "A15", "error", _item_of(fault, bank.units, key), file, fault.where, fault.message, "Mend the key, or the item."
        )


def _item_of(fault: Fault, known: Iterable[Unit], key: ScoringKey) -> str:
    table = fault.where.partition("]")[0].removeprefix("[item.")
    return next((unit.item_id for unit in known if unit.code == table), key.id)


def balance_findings(key: ScoringKey, file: str, keyed: Sequence[KeyedUnit]) -> Iterator[Finding]:
    """A13: the authored order, for paper and exports; and whether a long option is a good one."""
    if len(keyed) < FEWEST_UNITS:
        return
    for name in ("best", "worst"):
        observed, expected = positions(keyed, worst=name == "worst")
        p, share = _tail(observed, expected), max(observed) / len(keyed)
        shown = ", ".join(f"{chr(ord('a') + place)} {count:g}" for place, count in enumerate(observed))
        complaint = None
        if p < POSITION_P:
            complaint = f"the {name} option stands unevenly over the positions ({shown}; chi-squared p = {p:.3f})"
        elif share > POSITION_SHARE + _ROUNDING:
            complaint = f"the {name} option stands at one position in {share:.0%} of {len(keyed)} units ({shown})"
        if complaint:
            remedy = "Change the order of options in some items."
            yield _finding(key, file, "A13", "warning", f"position of the {name}", complaint, remedy)
    r = length_score_correlation(keyed)
    if abs(r) > LENGTH_WARNING:
        severity: Severity = "error" if abs(r) > LENGTH_ERROR else "warning"
        better = "longer" if r > 0 else "shorter"
        message = f"length and score of options correlate {r:+.3f} over {len(keyed)} units: the {better} option is the better"
        yield _finding(key, file, "A13", severity, "length", message, "Level the lengths, most of all of the best and worst.")


def _tail(observed: Sequence[float], expected: Sequence[float]) -> float:
    """p of Pearson's chi-squared. Units with other numbers of options among them make it a little too large, never too small."""
    cells = [(count, wanted) for count, wanted in zip(observed, expected, strict=True) if wanted > 0]
    value = sum((count - wanted) ** 2 / wanted for count, wanted in cells)
    return float(chi_squared_tail(value, len(cells) - 1)) if len(cells) > 1 else 1.0


def blindness_findings(key: ScoringKey, file: str, keyed: Sequence[KeyedUnit]) -> Iterator[Finding]:
    """A14: rules that need no reading, and moves that are nearly always good or bad."""
    gains = {f"choose {name}": rule_gain(keyed, rule) for name, rule in BLIND_RULES.items()}
    gains["rate everything 5"] = all_fives_gain(keyed)
    for name, (gain, count) in gains.items():
        if count >= FEWEST_UNITS and gain > GAIN_WARNING + _ROUNDING:
            severity: Severity = "error" if gain > GAIN_ERROR + _ROUNDING else "warning"
            message = f"the blind rule “{name}” scores {gain:+.3f} above chance over {count} units"
            yield _finding(
                key, file, "A14", severity, name, message, "Write items in which the rule leads to a middling or bad answer."
            )
    for move, (mean, count) in move_means(keyed).items():
        low, high = MOVE_MEANS
        if count >= FEWEST_MOVES and not low - _ROUNDING <= mean <= high + _ROUNDING:
            message = f"the {count} options that {move} score {mean:.2f} on average; it should be {low:g} to {high:g}"
            yield _finding(key, file, "A14", "warning", move, message, "Write items in which this move has another worth.")


def _finding(key: ScoringKey, file: str, check: str, severity: Severity, place: str, message: str, remedy: str) -> Finding:
    return Finding(check, severity, key.id, file, place, message, remedy)
