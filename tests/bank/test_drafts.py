"""Drafts lose nothing: what is in a file comes out again, and what is typed stays, however wrong it is."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.bank import Bank, Item, read_bank
from assessment.bank.draft_fields import field_names, fields_by_place, fields_of, with_fields, with_row, without_row
from assessment.bank.drafts import blank_item, finished_item, read_item_file
from assessment.bank.review.drafted import draft_findings
from assessment.bank.toml_writing import to_toml
from assessment.errors import BadInput

QUESTIONS = Path(__file__).parents[2] / "questions"
SHIPPED = [path for path in sorted((QUESTIONS / "items").rglob("*.toml")) if "." not in path.stem]
FORMATS = ("pick_best", "best_worst", "rate", "rank", "likert", "storyline")


@pytest.fixture(scope="module")
def shipped() -> Bank:
    return read_bank(QUESTIONS)


def test_every_shipped_item_comes_out_of_a_draft_as_it_went_in() -> None:
    for path in SHIPPED:
        document = read_item_file(path.read_bytes())
        assert tomllib.loads(to_toml(document)) == tomllib.loads(path.read_text(encoding="utf-8")), path.name
        assert with_fields(document, fields_of(document)) == document, path.name


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"), exclude_characters="<&"),
    min_size=1,
    max_size=60,
).filter(lambda text: text.strip() and "script" not in text.lower() and "data" not in text.lower())
MOVES = st.lists(st.sampled_from(["ask", "inform", "concede", "refuse", "wait"]), min_size=1, max_size=4, unique=True)
LINES = st.lists(
    st.fixed_dictionaries({"who": st.sampled_from(["customer", "agent", "narrator"]), "text": WORDS}), min_size=1, max_size=4
)
CARDS = st.fixed_dictionaries({"name": WORDS}, optional={"since": WORDS, "facts": st.lists(WORDS, min_size=1, max_size=2)})
CONTACTS = st.fixed_dictionaries({"ago": WORDS, "channel": st.sampled_from(["phone", "internal"]), "note": WORDS})
READERS = st.fixed_dictionaries(
    {"role": st.just("desk"), "on": st.dates().map(lambda day: day.isoformat()), "verdict": st.just("keep")},
    optional={"note": WORDS},
)


@st.composite
def choices(draw: st.DrawFn, format: str) -> dict[str, Any]:
    n = draw(st.integers(3, 6))
    options = [{"id": "abcdef"[i], "text": draw(WORDS), "moves": draw(MOVES)} for i in range(n)]
    return {"ask": draw(WORDS), "option": options} | ({"scale": "agreement5"} if format == "rate" else {})


@st.composite
def items(draw: st.DrawFn) -> dict[str, Any]:
    format = draw(st.sampled_from((*FORMATS[:4], "storyline")))
    head = {"schema": 1, "id": "some-item", "version": draw(st.integers(1, 9)), "status": "draft", "format": format}
    head |= {"instruction": "should_do", "channel": "phone", "trouble": "delay", "families": ["field_service"]}
    scenario: dict[str, Any] = {"setting": draw(WORDS), "transcript": draw(LINES)}
    if draw(st.booleans()):
        scenario |= {"card": draw(CARDS), "contacts": draw(st.lists(CONTACTS, min_size=1, max_size=3))}
        scenario["limits"] = draw(st.lists(WORDS, min_size=1, max_size=3))
    review = {"author": draw(WORDS), "neurodivergence": draw(WORDS), "culture": draw(WORDS)}
    document: dict[str, Any] = {"item": head, "scenario": scenario, "review": review}
    document["review"]["source"] = {"kind": "interview", "summary": draw(WORDS)}
    if draw(st.booleans()):
        document["review"]["readers"] = draw(st.lists(READERS, min_size=1, max_size=2))
    if format == "storyline":
        formats = draw(st.lists(st.sampled_from(FORMATS[:4]), min_size=2, max_size=4))
        document["step"] = [
            {"id": f"part-{i}", "role": "action", "format": f, "facet": "listening"} | draw(choices(f))
            for i, f in enumerate(formats)
        ]
        document["step"][1]["reveals"] = draw(LINES)
    else:
        head["facet"] = "listening"
        document["task"] = draw(choices(format))
    return document


@settings(max_examples=60, deadline=None)
@given(items())
def test_any_item_comes_out_of_its_file_as_it_went_in(document: dict[str, Any]) -> None:
    item = Item.model_validate(document)
    text = to_toml(document)
    again = read_item_file(text.encode())
    assert Item.model_validate(again) == item
    assert to_toml(again) == text


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FORMATS), st.data())
def test_whatever_is_typed_into_a_draft_is_there_again(format: str, data: st.DataObject) -> None:
    blank = blank_item("some-item", format, "Somebody")
    typed = {
        name: data.draw(st.text(max_size=12)) for name in field_names(blank) if name.endswith(("text", "setting", "ask", "summary"))
    }
    fields = [(name, text) for name, text in fields_of(blank) if name not in typed] + list(typed.items())
    kept = dict(fields_of(with_fields(blank, fields)))
    for name, text in typed.items():
        unchanged = text.isascii() and text.isprintable()
        assert not unchanged or kept.get(name, "") == text.strip(), name


@pytest.mark.parametrize("format", FORMATS)
def test_every_error_of_a_blank_draft_leads_to_a_field(shipped: Bank, format: str) -> None:
    document = blank_item("a-late-bill", format, "Somebody")
    found = draft_findings(document, shipped, QUESTIONS)
    names, places = field_names(document), fields_by_place(document)
    assert found
    assert all(places.get(finding.place) in names for finding in found), [finding.place for finding in found]


def test_lines_come_and_go_without_touching_the_others() -> None:
    document = blank_item("a-late-bill", "pick_best", "Somebody")
    document["scenario"]["transcript"] = [{"who": "customer", "text": "One."}, {"who": "agent", "text": "Two."}]
    longer = with_row(document, "scenario.transcript")
    assert longer["scenario"]["transcript"] == [*document["scenario"]["transcript"], {"who": "customer"}]
    assert without_row(longer, "scenario.transcript.0")["scenario"]["transcript"] == longer["scenario"]["transcript"][1:]
    assert [option["id"] for option in without_row(document, "task.option.1")["task"]["option"]] == ["a", "c", "d"]
    assert with_row(without_row(document, "task.option.1"), "task.option")["task"]["option"][-1] == {"id": "b"}


TOO_LONG = "9" * 5000


@pytest.mark.parametrize(
    "rows", ["scenario", "item.families", "media", "step.9.option", f"step.{TOO_LONG}.option", "review.readers", "", "__class__"]
)
def test_no_other_lists_can_be_lengthened(rows: str) -> None:
    with pytest.raises(BadInput):
        with_row(blank_item("a-late-bill", "pick_best", "Somebody"), rows)


@pytest.mark.parametrize(
    ("row", "n", "told"),
    [
        ("[[review.readers]]\non = 2026-01-01\n", 25_000, "has 25000 entries"),
        ("[[review.readers]]\non = 2026-01-01\n", 4_900, "is missing"),
        ('[[step]]\nid = "<b>"\n', 4_900, "holds markup"),
        ("[[step]]\noption = []\n", 4_900, "is missing"),
    ],
)
def test_a_file_of_very_many_rows_is_refused_in_bounded_time_and_words(row: str, n: int, told: str) -> None:
    head = '[item]\nschema = 1\nid = "a-fee"\nformat = "rate"\nversion = 1\nstatus = "draft"\n'
    began = time.monotonic()
    with pytest.raises(BadInput) as refused:
        read_item_file((head + row * n).encode())
    assert time.monotonic() - began < 15, "it took minutes once, while nobody else could write"
    assert any(told in fault.message for fault in refused.value.faults)
    assert len(refused.value.faults) <= 1000


@pytest.mark.parametrize("number", ["9", "²", "٣", "-1", "", TOO_LONG])
def test_a_line_that_is_not_there_is_told(number: str) -> None:
    with pytest.raises(BadInput):
        without_row(blank_item("a-late-bill", "pick_best", "Somebody"), f"task.option.{number}")


def test_a_field_with_a_number_that_no_line_has_is_passed_over() -> None:
    document = blank_item("a-late-bill", "pick_best", "Somebody")
    assert with_fields(document, [*fields_of(document), (f"scenario.limits.{TOO_LONG}", "x")]) == document


def test_a_list_has_an_end() -> None:
    document = blank_item("a-late-bill", "pick_best", "Somebody")
    longer = with_row(with_row(document, "task.option"), "task.option")
    with pytest.raises(BadInput, match="6 already"):
        with_row(longer, "task.option")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no = [", "is not TOML"),
        ("", "is empty"),
        ('item = { schema = 1, id = "x", format = "rate" }\nscenario = 5', "scenario"),
        ('item = { schema = 1, id = "x", format = "rate" }\nweight = 3', "weight"),
        ('item = { schema = 2, id = "x", format = "rate" }', "schema"),
        ('item = { schema = 1, id = "x", format = "essay" }', "format"),
        ('item = { schema = 1, id = "x", format = "rate" }\nscenario = { setting = "a\\u0000b" }', "control character"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_its_faults(text: str, told: str) -> None:
    with pytest.raises(BadInput, match="Nothing was taken in") as refusal:
        read_item_file(text.encode())
    assert told in " ".join(map(str, refusal.value.faults))


def test_a_file_with_errors_that_can_be_mended_on_the_page_is_taken_in() -> None:
    document = read_item_file(
        b'item = { schema = 1, id = "x", format = "rate", channel = "phone" }\nscenario = { setting = "Hello." }'
    )
    assert finished_item(document) is None
    assert document["scenario"] == {"setting": "Hello."}


def test_an_item_that_says_what_another_says_is_found(shipped: Bank) -> None:
    document = read_item_file((QUESTIONS / "items/discretion/exit-fee-shared-home.toml").read_bytes())
    document["item"]["id"] = "the-same-again"
    found = {(finding.check, finding.place) for finding in draft_findings(document, shipped, QUESTIONS)}
    assert found == {("A8", "[item] enemies"), ("A11", "[scenario]")}
    document["item"]["enemies"] = ["exit-fee-shared-home"]
    assert {finding.check for finding in draft_findings(document, shipped, QUESTIONS)} == {"A11"}


def test_a_draft_that_names_what_the_bank_does_not_have_is_told_so(shipped: Bank) -> None:
    document = read_item_file((QUESTIONS / "items/discretion/exit-fee-shared-home.toml").read_bytes())
    document["item"] |= {"facet": "charm", "enemies": ["nobody-knows-it"]}
    told = [finding.message for finding in draft_findings(document, shipped, QUESTIONS) if finding.check == "A1"]
    assert told == ["charm is not a facet of questions/facets.toml", "nobody-knows-it is not an item of the bank"]
