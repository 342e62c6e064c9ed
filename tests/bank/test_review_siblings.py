"""A18: a sibling form is equal to its elder cell by cell, and shows nothing that its people have seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assessment.bank import Bank, Item, form_items, read_bank, read_snapshot, snapshot
from assessment.bank.review.siblings import sibling_findings

SHIPPED = Path(__file__).parents[2] / "questions"
JOKE, THANKS, STEPS, WALL = "joke-about-the-part", "thanks-for-wrong-advice", "steps-in-a-notebook", "a-wall-just-painted"
X121, V6 = "ipip-x121", "ipip-v6"


def twin(item: Item, **head: Any) -> Item:
    """The same item under another id: equal in every aspect but those given."""
    return item.model_copy(update={"head": item.head.model_copy(update={"id": f"{item.id}-2"} | head)})


def with_sibling(bank: Bank, elder: tuple[str, ...], sibling: tuple[str, ...], twins: Mapping[str, Item]) -> Bank:
    short = bank.forms["short"]

    def form(name: str, items: tuple[str, ...], sibling_of: str | None) -> Any:
        section = short.sections[0].model_copy(update={"items": items, "draw": None})
        head = short.head.model_copy(update={"id": name, "sibling_of": sibling_of})
        return short.model_copy(update={"head": head, "sections": (section,)})

    forms = {"first": form("first", elder, None), "second": form("second", sibling, "first")}
    return replace(bank, forms=forms, items={**bank.items, **twins})


def complaints(bank: Bank, *elder: str, **twins: Item) -> list[str]:
    items = {item.id: item for item in twins.values()}
    findings = list(sibling_findings(with_sibling(bank, elder, tuple(items), items)))
    assert {(finding.check, finding.severity, finding.item) for finding in findings} <= {("A18", "warning", "second")}
    return [finding.message for finding in findings]


def test_equal_cells_pass(bank) -> None:
    twins = {name: twin(bank.items[name]) for name in (JOKE, THANKS, STEPS, X121)}
    assert complaints(bank, JOKE, THANKS, STEPS, X121, **twins) == []


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ({"channel": "phone"}, "channel: phone for counter"),
        ({"trouble": "delay"}, "trouble: delay for conflict"),
        ({"format": "pick_best"}, "format: pick_best for best_worst"),
        ({"channel": "phone", "trouble": "delay"}, "channel: phone for counter, trouble: delay for conflict"),
    ],
)
def test_a_cell_that_is_not_equal_says_in_what(head: dict[str, str], said: str, bank) -> None:
    assert complaints(bank, JOKE, twin=twin(bank.items[JOKE], **head)) == [
        f"is not equal to first: {JOKE}-2 stands for {JOKE} with {said}"
    ]


def test_steps_of_storylines_are_cells_too(bank) -> None:
    wall = twin(bank.items[WALL], channel="phone", trouble="fault")
    (said,) = complaints(bank, STEPS, wall=wall)
    assert "step feels: affect_recognition by rate for affect_recognition by pick_best" in said
    assert "step in_their_place: reciprocity by rate for perspective_taking by best_worst" in said
    assert "channel" not in said


def test_another_facet_does_not_stand_for_this_one(bank) -> None:
    assert complaints(bank, JOKE, twin=twin(bank.items[THANKS])) == [
        f"is not equal to first: nothing stands for {JOKE}",
        f"is not equal to first: {THANKS}-2 stands for nothing",
    ]


def test_of_two_the_more_alike_stands_for_the_one(bank) -> None:
    near, far = twin(bank.items[JOKE]), twin(bank.items[JOKE], id="far", channel="phone")
    other = twin(bank.items[JOKE], id="other", channel="phone")
    bank = replace(bank, items={**bank.items, "other": other})
    assert complaints(bank, JOKE, "other", far=far, near=near) == []


def test_an_item_that_counts_stands_in_one_of_the_two(bank) -> None:
    assert complaints(bank, X121, V6, x121=bank.items[X121], v6=bank.items[V6]) == [f"{X121} stands in first too"]


@pytest.mark.parametrize("who_says_so", ["elder", "sibling"])
def test_enemies_are_not_divided_between_the_two(who_says_so: str, bank) -> None:
    own = twin(bank.items[JOKE], enemies=(JOKE,) if who_says_so == "sibling" else ())
    if who_says_so == "elder":
        joke = bank.items[JOKE]
        head = joke.head.model_copy(update={"enemies": (own.id,)})
        bank = replace(bank, items={**bank.items, JOKE: joke.model_copy(update={"head": head})})
    assert complaints(bank, JOKE, own=own) == [
        f"{JOKE}-2 is an enemy of {JOKE}, which stands in first; one person takes both forms"
    ]


def test_what_people_see_does_not_depend_on_whose_sibling_a_form_is(bank) -> None:
    both = with_sibling(bank, (JOKE,), (THANKS,), {})
    alone = both.forms["second"].model_copy(update={"head": both.forms["second"].head.model_copy(update={"sibling_of": None})})
    assert snapshot(both, both.forms["second"]) == snapshot(both, alone)
    assert read_snapshot(snapshot(both, both.forms["second"])).id == "second"


def test_the_default_form_has_a_sibling_equal_in_every_cell() -> None:
    bank = read_bank(SHIPPED)
    (sibling,) = [form for form in bank.forms.values() if form.head.sibling_of == "customer_support"]
    assert list(sibling_findings(bank)) == []
    pair = (bank.forms["customer_support"], sibling)
    counted = [{item.id for item in form_items(bank, form) if item.attitude is None} for form in pair]
    assert [len(items) for items in counted] == [16, 16]
    assert not counted[0] & counted[1]
