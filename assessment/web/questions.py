"""The fields of a question: what a page shows of it, and the value that a posted form holds for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from assessment.errors import BadInput, Fault, Words
from assessment.services.sitting.paging import PlannedUnit
from assessment.web.moves import Move, pressed_move


def scale_in_words(scale: str | None) -> tuple[str, ...]:
    """The points of a rating scale from the lowest, in the language of the page; none without a scale."""
    scales = {
        "effectiveness5": (_("Poor"), _("Weak"), _("Fair"), _("Good"), _("Very good")),
        "agreement5": (_("Not at all"), _("A little"), _("Partly"), _("Mostly"), _("Fully")),
        "likelihood5": (_("Very unlikely"), _("Unlikely"), _("Even"), _("Likely"), _("Very likely")),
        "accuracy5": (_("Very inaccurate"), _("Mostly inaccurate"), _("Neither"), _("Mostly accurate"), _("Very accurate")),
    }
    return scales.get(scale or "", ())


@dataclass(frozen=True, slots=True)
class Question:
    """One unit as its fields need it. `options` are (id, text) in the order shown; `value` is what is chosen.

    `error` is what is wrong with what was sent; `elsewhere` tells, in words, an answer saved in another tab meanwhile;
    `landing` is the id of the button that has the focus on a page without an address of its own to come back to.
    """

    unit: str
    format: str
    ask: str
    options: tuple[tuple[str, str], ...]
    points: tuple[tuple[int, str], ...]
    value: Any
    sequence: int
    locked: bool
    error: str | None = None
    elsewhere: str | None = None
    landing: str | None = None

    @property
    def places(self) -> dict[str, int]:
        """The place of each ranked option, counted from 1."""
        if isinstance(self.value, dict):  # as typed, when two options were given one place
            return self.value
        return {option: place for place, option in enumerate(self.value or (), start=1) if option is not None}

    @property
    def order(self) -> tuple[tuple[str, str], ...]:
        """The ranked options that have a place, (id, text), first place first; none while two have the same."""
        places = self.places
        if len(set(places.values())) < len(places):
            return ()
        return tuple(sorted((option for option in self.options if option[0] in places), key=lambda option: places[option[0]]))

    def landing_after(self, move: Move) -> str | None:
        """The id of the button with which to go on after a press of Up or Down beside one of these options."""
        return move.landing(self.value) if self.format == "rank" and self.unit == move.unit else None

    def in_words(self, value: Any) -> str:
        """An answer in words, to set one beside another."""
        texts, points = dict(self.options), dict(self.points)
        if value is None:
            return str(_("no answer"))
        if self.format == "pick_best":
            return texts[value]
        if self.format == "best_worst":
            words = {"best": _("Best"), "worst": _("Worst")}
            return " ".join(f"{words[word]}: {texts[option]}" for word, option in value.items())
        if self.format == "rate":
            return " ".join(f"{texts[option]} – {points[point].lower()}." for option, point in value.items())
        if self.format == "rank":
            return " ".join(f"{place}. {texts[option]}" for place, option in enumerate(value, start=1) if option is not None)
        return points[value]


def question_of(planned: PlannedUnit, task: Mapping[str, Any], value: Any, *, sequence: int, locked: bool) -> Question:
    """A unit with the words of its task or step, as shown to applicants."""
    texts = {option["id"]: option["text"] for option in task.get("option", ())}
    return Question(
        unit=planned.code,
        format=planned.unit.format,
        ask=task.get("ask") or task.get("text") or "",
        options=tuple((option, texts[option]) for option in planned.options),
        points=tuple(enumerate(scale_in_words(planned.unit.scale), start=1)),
        value=value,
        sequence=sequence,
        locked=locked,
    )


def posted_value(planned: PlannedUnit, form: Mapping[str, str]) -> Any:
    """The value that a form holds for a unit, after Up or Down if that was pressed; None if nothing is chosen.

    Raises `BadInput` for two options on one place.
    """
    code = planned.code
    if planned.unit.format == "pick_best":
        return form.get(code)
    if planned.unit.format == "likert":
        return _whole(form.get(code))
    if planned.unit.format == "best_worst":
        pair = {word: form[f"{code}:{word}"] for word in ("best", "worst") if form.get(f"{code}:{word}")}
        return pair or None
    marks = {option: _whole(form.get(f"{code}:{option}")) for option in planned.options}
    given = {option: mark for option, mark in marks.items() if mark is not None}
    if planned.unit.format == "rate" or not given:
        return given or None
    order, move = _in_order(planned, given), pressed_move(form)
    return move.applied(order) if move is not None and move.unit == code else order


def typed_value(planned: PlannedUnit, form: Mapping[str, str]) -> Any:
    """What a form holds for a unit, exactly as it was chosen: a ranking as places, also when two are the same."""
    if planned.unit.format != "rank":
        return posted_value(planned, form)
    marks = {option: _whole(form.get(f"{planned.code}:{option}")) for option in planned.options}
    return {option: mark for option, mark in marks.items() if isinstance(mark, int)}


def posted_sequence(planned: PlannedUnit, form: Mapping[str, str]) -> int:
    """The sequence of the answer that the page showed; 0 if the field is missing or no number."""
    found = _whole(form.get(f"{planned.code}:sequence"))
    return found if isinstance(found, int) else 0


def _in_order(planned: PlannedUnit, places: Mapping[str, int | str]) -> list[str | None]:
    order: list[str | None] = [None] * len(planned.options)
    for option, place in places.items():
        if not isinstance(place, int) or not 1 <= place <= len(order):
            raise _refused(planned, Words("A place is a number from 1 to %(last)s.", last=len(order)))
        if order[place - 1] is not None:
            raise _refused(planned, Words("Place %(place)s is used twice. Give every answer its own place.", place=place))
        order[place - 1] = option
    return order


def _whole(text: str | None) -> int | str | None:
    """A small whole number; other text stays as it is, to be refused by the rules for answers."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _refused(planned: PlannedUnit, message: str) -> BadInput:
    return BadInput(Words("This answer was not saved. %(reason)s", reason=message), [Fault(planned.code, message)])
