"""Forms, scorecards, the construct map and translations that do not add up are refused by table and field."""

from __future__ import annotations

import pytest

FORM = "forms/short.toml"
CARD = "scorecards/contact.toml"
MAP = "facets.toml"
SPANISH = "items/listening/ipip-x121.es.toml"
JOKE = "items/composure/joke-about-the-part.toml"


CASES = {
    "form with an unknown item": (
        FORM,
        '"joke-about-the-part"',
        '"joke"',
        "[[section]] situations.items: joke is not an item of the bank",
    ),
    "form with an item twice": (
        FORM,
        '"joke-about-the-part"',
        '"thanks-for-wrong-advice"',
        "thanks-for-wrong-advice is in the form twice",
    ),
    "form that scores its practice item": (
        FORM,
        '"joke-about-the-part"',
        '"practice-late-bus"',
        "is the practice item, which is never scored",
    ),
    "form with an unknown practice item": (FORM, '"practice-late-bus"', '"no-such"', "[form] practice: no-such is not an item"),
    "form that practises on a scored item": (
        FORM,
        '"practice-late-bus"',
        '"ipip-v6"',
        "[form] practice: ipip-v6 does not live in items/practice/",
    ),
    "form that is the sibling of no form": (
        FORM,
        'practice = "practice-late-bus"',
        'practice = "practice-late-bus", sibling_of = "no_such"',
        "[form] sibling_of: no_such is not another form of the bank",
    ),
    "form that is its own sibling": (
        FORM,
        'practice = "practice-late-bus"',
        'practice = "practice-late-bus", sibling_of = "short"',
        "[form] sibling_of: short is not another form of the bank",
    ),
    "section that mixes instructions": (
        FORM,
        '"joke-about-the-part"',
        '"ipip-v6"',
        "ipip-v6 asks would_do; a section never mixes instructions",
    ),
    "section with items and a draw": (
        FORM,
        "draw = {",
        'items = ["ipip-v6"], draw = {',
        "[[section]] statements.items: a section has items or a draw",
    ),
    "section id twice": (FORM, 'id = "statements"', 'id = "situations"', "[[section]] situations.id: situations is given twice"),
    "draw that is too large": (FORM, "count = 1", "count = 7", "[[section.draw]] statements.count: asks for 7 items; 1 fit"),
    "time limit below the time": (FORM, "minutes = 12,", "minutes = 12, minutes_limit = 5,", "[form] minutes_limit: is less than"),
    "reliability of one": (FORM, "0.40", "1.0", "[form] provisional_reliability: must be below 1"),
    "locale that is none": (FORM, '"es"', '"Spanish"', "[form] locales.2: must be a locale"),
    "form called otherwise": (FORM, 'id = "short"', 'id = "long"', f"{FORM}: the file should be called long.toml"),
    "weight in a form": (FORM, "schema = 1,", "schema = 1, weights = {},", "[form] weights: items and forms carry no weights"),
    "question without a construct": (
        CARD,
        'construct = "process"\n',
        "",
        "[[section.question]] process.identity_checked.construct: is missing",
    ),
    "question id twice": (
        CARD,
        '"identity_checked"',
        '"listened"',
        "[[section.question]] process.listened.id: listened is given twice",
    ),
    "anchor above the highest score": (
        CARD,
        "score = 2, text",
        "score = 3, text",
        "attention.listened.anchors: describes a score above max_score",
    ),
    "negative weight of a question": (CARD, "weight = 40", "weight = -1", "process.identity_checked.weight: must be at least 0"),
    "question without points": (CARD, "max_score = 1", "max_score = 0", "process.identity_checked.max_score: must be above 0"),
    "flag as a word": (CARD, "critical = true", 'critical = "yes"', "process.identity_checked.critical: must be true or false"),
    "facet given twice": (MAP, 'id = "listening"', 'id = "composure"', "[[facet]] composure.id: composure is given twice"),
    "attitude that differs from nothing": (
        MAP,
        'differs_from = "composure"',
        'differs_from = "calm"',
        "[[attitude]] patience.differs_from: calm",
    ),
    "facet without an interview question": (MAP, "interview = [", "chat = [", "[[facet]] affect_recognition.interview: is missing"),
    "translation of nothing": (SPANISH, 'item = "ipip-x121"', 'item = "ipip-x122"', "[translation] item: ipip-x122 is not an item"),
    "translation in another locale than its name": (
        SPANISH,
        'locale = "es"',
        'locale = "fr"',
        "should be called ipip-x121.fr.toml",
    ),
    "translation of a version to come": (
        SPANISH,
        "of_version = 1",
        "of_version = 2",
        "[translation] of_version: is later than the item",
    ),
    "translation of another part": (
        SPANISH,
        "text = { text",
        "text = { ask",
        "[text] ask: is a text that the source does not have",
    ),
    "translation that leaves a text out": (
        SPANISH,
        "text = { text",
        "text = { ask",
        "[text] text: is missing: the source has this text",
    ),
    "translation with a bad hash": (SPANISH, "sha256:", "md5:", "[translation] source_hash: "),
}


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_does_not_add_up_is_refused_by_table_and_field(case: str, refusals, edit) -> None:
    name, old, new, wanted = CASES[case]
    edit(name, old, new)
    found = refusals()
    assert any(name in line and wanted in line for line in found), found


def test_enemies_do_not_stand_in_one_form(refusals, edit) -> None:
    edit(JOKE, 'trouble = "conflict"', 'trouble = "conflict", enemies = ["thanks-for-wrong-advice"]')
    assert any("joke-about-the-part and thanks-for-wrong-advice are enemies" in line for line in refusals())


def test_a_retired_item_does_not_stand_in_a_form(refusals, edit) -> None:
    edit(JOKE, '"draft"', '"retired"')
    edit(JOKE, "review = {", 'review = { drop_reason = "Dull.",')
    assert f"{FORM}: [[section]] situations.items: joke-about-the-part is retired" in refusals()
