"""A11: names used twice, and whether sex goes with trouble or part."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assessment.bank import Bank
from assessment.bank.review.names import name_findings, people_in
from assessment.bank.review.texts import ItemText

NAMES = [
    *("Ada", "Bo", "Cai", "Dina", "Ede", "Fay", "Gil", "Hoa", "Ivo", "Jun", "Kai", "Lia"),
    *("Moe", "Nia", "Oto", "Pia", "Rui", "Sol", "Teo", "Una"),
]


def people(text: ItemText) -> list[tuple[str, str, str | None]]:
    return [(person.name, person.part, person.sex) for person in people_in(text, frozenset({"the", "van"}))]


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("Noor sells bread. She is late.", [("Noor", "customer", "female")]),
        ("A customer, Lena, writes. Ask her.", [("Lena", "customer", "female")]),
        ("You sold Ruben a pump. He is back.", [("Ruben", "customer", "male")]),
        ("Today is Monday. You see Malik's van.", [("Malik", "customer", None)]),
        ("Cancelling is free. Nobody pays. Besides his van, the Van is his.", []),
        (
            "You see Ana. Her van is late. Ben drives it. He is new.",
            [("Ana", "customer", "female"), ("Ben", "another person", "male")],
        ),
        ("You see Ana. She asks him.", [("Ana", "customer", "female")]),  # the first counts
    ],
)
def test_names_and_pronouns_are_read_off_the_page(setting: str, expected: list[object], write) -> None:
    assert people(write(setting=setting)) == expected


def test_the_card_says_who_the_customer_is(write) -> None:
    text = write(setting="Ask Ben about it. He knows.", card={"name": "Suda"}, limits=["With Suda, it takes her time."])
    assert people(text) == [("Suda", "customer", "female"), ("Ben", "another person", "male")]


def test_who_is_named_in_speech_alone_is_somebody_too(write) -> None:
    text = write(setting="You see Ana.", transcript=[{"who": "customer", "text": "I spoke to Ben. The Van is late."}])
    assert [name for name, _, _ in people(text)] == ["Ana", "Ben"]


def texts_of(write, bank: Bank, sexes: list[str], trouble: str = "delay") -> tuple[Bank, list[ItemText]]:
    texts = []
    for index, pronoun in enumerate(sexes):
        text = write(setting=f"You see {NAMES[index]}. {pronoun} waits.", head={"id": f"item-{index}", "trouble": trouble})
        texts.append(text)
    return replace(bank, items={text.item.id: text.item for text in texts}), texts


def test_a_name_is_used_once(write, bank) -> None:
    one, other = (write(setting="You see Ana.", head={"id": name}) for name in ("first", "second"))
    known = replace(bank, items={"first": one.item, "second": other.item})
    found = list(name_findings(known, [one, other]))
    assert [(finding.check, finding.severity, finding.item) for finding in found] == [("A11", "warning", "second")]
    assert list(name_findings(known, [one])) == []


@pytest.mark.parametrize(("women", "kinds"), [(8, []), (12, []), (7, ["part", "trouble"]), (13, ["part", "trouble"])])
def test_sex_is_balanced_within_40_to_60_percent(women: int, kinds: list[str], write, bank) -> None:
    known, texts = texts_of(write, bank, ["She"] * women + ["He"] * (20 - women))
    assert sorted(finding.place for finding in name_findings(known, texts)) == kinds


def test_nineteen_people_are_too_few_to_tell(write, bank) -> None:
    known, texts = texts_of(write, bank, ["She"] * 19)
    assert list(name_findings(known, texts)) == []


def test_people_whose_sex_nothing_tells_do_not_count(write, bank) -> None:
    known, texts = texts_of(write, bank, ["She"] * 19 + ["It"])
    assert list(name_findings(known, texts)) == []
