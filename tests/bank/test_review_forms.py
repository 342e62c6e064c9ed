"""A18: minutes, ratings, facets and the blueprint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assessment.bank import Bank, BankErrors, Item, form_items, read_bank
from assessment.bank.review.blueprint import Blueprint, blueprint_findings, read_blueprint
from assessment.bank.review.formed import form_findings, modelled_minutes

SHIPPED = Path(__file__).parents[2] / "questions"


def with_form(bank: Bank, items: tuple[str, ...], minutes: float = 12.0) -> Bank:
    form = bank.forms["short"]
    section = form.sections[0].model_copy(update={"items": items, "draw": None})
    head = form.head.model_copy(update={"minutes": minutes})
    return replace(bank, forms={"short": form.model_copy(update={"head": head, "sections": (section,)})})


def messages(bank: Bank, word: str) -> list[str]:
    return [finding.message for finding in form_findings(bank) if word in finding.message]


def test_minutes_are_words_at_140_a_minute_and_seconds_to_decide_and_a_beginning(bank) -> None:
    # Seven words to read, six seconds for a statement, a minute and a half to begin.
    items = (bank.items["ipip-x121"],)
    assert modelled_minutes(bank, items) == pytest.approx(7 / 140 + 6 / 60 + 1.5)
    # Four seconds for each of six ratings.
    item = bank.items["thanks-for-wrong-advice"]
    texts = [item.scenario.setting, *(line.text for line in item.scenario.transcript), *item.scenario.limits, item.task.ask]
    words = sum(len(text.split()) for text in [*texts, *(option.text for option in item.task.options)])
    assert modelled_minutes(bank, (item,)) == pytest.approx(words / 140 + 24 / 60 + 1.5)


def test_each_format_has_its_own_seconds(bank) -> None:
    def deciding(name: str) -> float:
        silent = bank.items[name].model_copy(update={"scenario": None})
        read = modelled_minutes(bank, (silent,)) - 1.5
        ask = len(silent.task.ask.split()) + sum(len(option.text.split()) for option in silent.task.options)
        return round(60 * (read - ask / 140))

    assert [deciding(name) for name in ("exit-fee-shared-home", "joke-about-the-part", "ten-minutes-to-opening")] == [8, 15, 20]


@pytest.mark.parametrize(("factor", "passes"), [(0.86, True), (0.84, False), (1.14, True), (1.16, False)])
def test_a_form_says_its_minutes_within_15_percent(factor: float, passes: bool, bank) -> None:
    model = modelled_minutes(bank, (bank.items["joke-about-the-part"],))
    assert bool(messages(with_form(bank, ("joke-about-the-part",), factor * model), "minutes")) != passes


def test_a_form_with_ratings_has_15_of_them(bank) -> None:
    # 6 ratings in one item; 5 in the other, and 5 and 5 in the steps of two storylines.
    assert messages(with_form(bank, ("thanks-for-wrong-advice",)), "ratings") == [
        "has 6 ratings; standardising within a person needs 15"
    ]
    enough = ("thanks-for-wrong-advice", "steps-in-a-notebook", "a-wall-just-painted")
    assert messages(with_form(bank, enough), "ratings") == []
    assert messages(with_form(bank, ("joke-about-the-part",)), "ratings") == []


def test_what_is_said_before_a_section_counts_its_items(bank) -> None:
    def said(items: tuple[str, ...], intro: str) -> list[str]:
        made = with_form(bank, items)
        form = made.forms["short"]
        section = form.sections[0].model_copy(update={"intro": intro})
        changed = {"short": form.model_copy(update={"sections": (section,)})}
        return messages(replace(made, forms=changed, form_translations={}), "to applicants")

    two = ("joke-about-the-part", "thanks-for-wrong-advice")
    assert said(two, "You will read 2 situations. 1 of them is long.") == []
    assert said(two, "You will read some situations.") == []
    assert said(two[:1], "You will read 2 situations.") == ["says 2 to applicants; the section has 1 items"]
    assert messages(bank, "to applicants") == [], "in no language"


def test_a_facet_without_an_item_is_a_warning(bank) -> None:
    missing = messages(with_form(bank, ("joke-about-the-part", "thanks-for-wrong-advice")), "no item on")
    assert [message.split()[-1] for message in missing] == [
        name for name in bank.facets if name not in ("composure", "reciprocity")
    ]


PLAN: dict[str, Any] = {
    "facet": {
        "composure": {"single": 1, "steps": 0, "channel": {"counter": 1}, "trouble": {"conflict": 1}},
        "discretion": {"single": 1, "steps": 1, "channel": {"chat": 1}, "trouble": {"change": 1}},
        "reciprocity": {"single": 1, "steps": 1, "channel": {"email": 1}, "trouble": {"wrong_info": 1}},
        "resolution": {"single": 1, "steps": 1, "channel": {"phone": 1}, "trouble": {"delay": 1}},
        "affect_recognition": {"single": 0, "steps": 2, "channel": {}, "trouble": {}},
        "listening": {"single": 0, "steps": 2, "channel": {}, "trouble": {}},
        "perspective_taking": {"single": 0, "steps": 1, "channel": {}, "trouble": {}},
    },
    "storylines": {"all": 2, "channel": {"phone": 1, "field": 1}, "trouble": {"fault": 1, "wrong_info": 1}},
    "statements": {"facet": 1, "attitude": 1},
    "single_formats": {"pick_best": 1, "best_worst": 1, "rate": 1, "rank": 1},
    "step_formats": {"pick_best": 3, "rate": 3, "best_worst": 2},
    "form": {"short": {"single": {"rate": 1, "best_worst": 1}, "storylines": 1, "statements": {"facet": 1, "attitude": 0}}},
}


def complaints(bank: Bank, **changes: Any) -> list[str]:
    findings = list(blueprint_findings(bank, Blueprint.model_validate(PLAN | changes)))
    assert all((finding.check, finding.severity) == ("A18", "warning") for finding in findings)
    return [finding.message for finding in findings]


def facet(name: str, **changes: Any) -> dict[str, Any]:
    return {"facet": PLAN["facet"] | {name: PLAN["facet"][name] | changes}}


def test_a_bank_that_is_made_to_plan_passes(bank) -> None:
    assert complaints(bank) == []


def test_what_is_missing_is_told_at_once(bank) -> None:
    changes = facet("composure", single=3, channel={"counter": 3}, trouble={"conflict": 3}) | {
        "statements": {"facet": 2, "attitude": 1}
    }
    assert complaints(bank, **changes) == ["the bank is not complete: 1 of 3 composure single scenarios, 1 of 2 facet statements"]


def test_situations_of_a_sibling_form_alone_are_not_counted(bank) -> None:
    """Their cells are those of the other form; statements and situations that another form has too are counted as ever."""
    extra = bank.items["joke-about-the-part"]
    more = extra.model_copy(update={"head": extra.head.model_copy(update={"id": "another-joke"})})
    rows = facet("composure", single=1)
    assert "there are 2 composure single scenarios; the blueprint has 1" in complaints(with_items(bank, more), **rows)
    assert complaints(with_sibling(with_items(bank, more), ("another-joke", "ipip-x121")), **rows) == []
    assert complaints(with_sibling(bank, ("joke-about-the-part",)), **rows) == []


def with_items(bank: Bank, *items: Item) -> Bank:
    return replace(bank, items={**bank.items, **{item.id: item for item in items}})


def with_sibling(bank: Bank, items: tuple[str, ...]) -> Bank:
    short = bank.forms["short"]
    head = short.head.model_copy(update={"id": "short_b", "sibling_of": "short"})
    section = short.sections[0].model_copy(update={"items": items, "draw": None})
    return replace(bank, forms={**bank.forms, "short_b": short.model_copy(update={"head": head, "sections": (section,)})})


def test_a_row_with_too_many_is_a_warning(bank) -> None:
    rows = facet("composure", single=0)
    assert "there are 1 composure single scenarios; the blueprint has 0" in complaints(bank, **rows)


def test_a_cell_may_be_one_off_and_no_more(bank) -> None:
    one_off = facet("composure", channel={"phone": 1})
    assert [message for message in complaints(bank, **one_off) if message.startswith("composure by")] == []
    two_off = facet("composure", channel={"phone": 2})
    assert [message for message in complaints(bank, **two_off) if message.startswith("composure by")] == [
        "composure by channel: 0 of phone; the blueprint has 2, and a cell may be 1 off"
    ]


def test_columns_are_exact(bank) -> None:
    moved = facet("composure", channel={"phone": 1})
    assert complaints(bank, **moved) == [
        "there are 1 counter single scenarios; the blueprint has 0",
        "there are 1 phone single scenarios; the blueprint has 2",
    ]
    formats = {"single_formats": {"pick_best": 2, "best_worst": 0, "rate": 1, "rank": 1}}
    assert complaints(bank, **formats) == [
        "there are 1 best_worst single scenarios; the blueprint has 0",
        "there are 1 pick_best single scenarios; the blueprint has 2",
    ]


def test_storylines_and_their_steps_are_counted(bank) -> None:
    lines = {"storylines": {"all": 2, "channel": {"phone": 2}, "trouble": {"fault": 1, "wrong_info": 1}}}
    assert complaints(bank, **lines) == [
        "there are 1 field storylines; the blueprint has 0",
        "there are 1 phone storylines; the blueprint has 2",
    ]
    steps = {"step_formats": {"pick_best": 2, "rate": 4, "best_worst": 2}}
    assert complaints(bank, **steps) == [
        "there are 3 pick_best steps; the blueprint has 2",
        "there are 3 rate steps; the blueprint has 4",
    ]


def test_a_form_is_made_as_its_plan_says(bank) -> None:
    plan = {"form": {"short": PLAN["form"]["short"] | {"storylines": 2}, "unwritten": PLAN["form"]["short"]}}
    assert complaints(bank, **plan) == ["is not made as the blueprint says: 1 of kind storyline instead of 2"]


def test_a_blueprint_that_cannot_be_read_is_refused(questions: Path) -> None:
    assert read_blueprint(questions) is None
    (questions / "blueprint.toml").write_text("single_formats = { essay = 1 }")
    with pytest.raises(BankErrors, match=r"blueprint\.toml"):
        read_blueprint(questions)


def test_the_shipped_blueprint_adds_up_to_60_scenarios_and_30_statements() -> None:
    plan = read_blueprint(SHIPPED)
    assert plan is not None
    for name, row in plan.facet.items():
        assert sum(row.channel.values()) == sum(row.trouble.values()) == row.single, name
    assert set(plan.facet) == set(read_bank(SHIPPED).facets)
    assert sum(row.single for row in plan.facet.values()) == sum(plan.single_formats.values()) == 48
    assert sum(row.steps for row in plan.facet.values()) == sum(plan.step_formats.values()) == 4 * plan.storylines.all == 48
    assert sum(plan.storylines.channel.values()) == sum(plan.storylines.trouble.values()) == 12
    assert plan.statements.facet + plan.statements.attitude == 30


def test_the_shipped_forms_cover_every_facet() -> None:
    bank = read_bank(SHIPPED)
    for form in bank.forms.values():
        assert {name for item in form_items(bank, form) for name in item.constructs} >= set(bank.facets)
