"""Values that no file of the bank may hold: markup, invisible characters, numbers that are none, broken TOML."""

from __future__ import annotations

import pytest

JOKE = "items/composure/joke-about-the-part.toml"
STORY = "items/storylines/steps-in-a-notebook.toml"
FORM = "forms/short.toml"
CARD = "scorecards/contact.toml"

CASES = {
    "unknown schema": (JOKE, "schema = 1", "schema = 2", "[item] schema: must be 1"),
    "schema as a boolean": (JOKE, "schema = 1", "schema = true", "[item] schema: must be 1"),
    "version nought": (JOKE, "version = 1", "version = 0", "[item] version: must be at least 1 (it is 0)"),
    "version as text": (JOKE, "version = 1", 'version = "1"', "[item] version: must be a whole number (it is '1')"),
    "version as a fraction": (JOKE, "version = 1", "version = 1.0", "[item] version: must be a whole number"),
    "huge whole number": (JOKE, "version = 1", f"version = {'9' * 300}", "[item] version: is too large a number"),
    "number of 5 000 digits": (JOKE, "version = 1", f"version = {'9' * 5000}", f"{JOKE}: holds a number or a date that cannot be"),
    "huge hexadecimal number": (JOKE, "version = 1", f"version = 0x{'f' * 5000}", "[item] version: is too large a number"),
    "not a number": (FORM, "minutes = 12", "minutes = nan", "[form] minutes: must be a finite number"),
    "infinite number": (FORM, "minutes = 12", "minutes = inf", "[form] minutes: must be a finite number"),
    "overflowing number": (FORM, "minutes = 12", "minutes = 1e999", "[form] minutes: must be a finite number"),
    "day that is none": (JOKE, "version = 1", "version = 2026-02-31", f"{JOKE}: "),
    "blank text": (
        JOKE,
        "Say that the part was your error, and read the model number with him before you order.",
        "  ",
        "[[task.option]] b.text: is empty",
    ),
    "markup in a text": (JOKE, "Say that", "Say <b>that</b>", "[[task.option]] b.text: holds markup"),
    "script in a text": (JOKE, "Say that", "Say <script>alert(1)</script>", "[[task.option]] b.text: holds markup"),
    "unclosed tag": (JOKE, "Say that", "Say <img src=x onerror=y ", "[[task.option]] b.text: holds markup"),
    "vector image in a text": (JOKE, "You work at", "<svg/onload=x> You work at", "[scenario] setting: holds markup"),
    "character reference": (JOKE, "Say that", "Say &lt;b&gt; that", "[[task.option]] b.text: holds markup"),
    "comment in a text": (JOKE, "Say that", "Say <!-- x --> that", "[[task.option]] b.text: holds markup"),
    "script address": (
        JOKE,
        "Say that",
        "Open JavaScript : alert(1) and say that",
        "[[task.option]] b.text: holds a script address",
    ),
    "data address": (JOKE, "Say that", "Open data:text/html,x and say", "[[task.option]] b.text: holds a script address"),
    "control character": (
        JOKE,
        "Say that",
        "Say\\u0007 that",
        "[[task.option]] b.text: holds the invisible or control character U+0007",
    ),
    "escape character": (
        JOKE,
        "Say that",
        "Say\\u001b[2J that",
        "[[task.option]] b.text: holds the invisible or control character U+001B",
    ),
    "zero-width space": (
        JOKE,
        "Say that",
        "Say\u200b that",
        "[[task.option]] b.text: holds the invisible or control character U+200B",
    ),
    "direction override": (
        JOKE,
        "Say that",
        "Say\u202e that",
        "[[task.option]] b.text: holds the invisible or control character U+202E",
    ),
    "byte order mark within": (
        JOKE,
        "Say that",
        "Say\ufeff that",
        "[[task.option]] b.text: holds the invisible or control character U+FEFF",
    ),
    "line separator": (
        JOKE,
        "Say that",
        "Say\u2028 that",
        "[[task.option]] b.text: holds the invisible or control character U+2028",
    ),
    "noncharacter": (
        JOKE,
        "Say that",
        "Say\\uFFFF that",
        "[[task.option]] b.text: holds the invisible or control character U+FFFF",
    ),
    "invisible character in a name": (
        JOKE,
        "review = {",
        '"ex\\u200btra" = 1\nreview = {',
        "the name holds the invisible or control",
    ),
    "key given twice": (JOKE, "schema = 1,", "schema = 1, schema = 1,", f"{JOKE}: is not TOML: "),
    "table given twice": (CARD, "[[section]]", "[scorecard]\n[[section]]", f"{CARD}: is not TOML: "),
    "unclosed quotation": (JOKE, '"composure"', '"composure', f"{JOKE}: is not TOML: "),
    "YAML in a TOML file": (JOKE, "item = {", "item: {", f"{JOKE}: is not TOML: "),
    "arrays 100 000 deep": (CARD, "version = 2", f"version = {'[' * 3900}{']' * 3900}", f"{CARD}: is nested too deeply"),
    "tables 5 000 deep": (
        CARD,
        "[[section]]",
        f"[{'.'.join(['a'] * 3900)}]\nb = 1\n[[section]]",
        f"{CARD}: line 3 is nested too deeply",
    ),
    "tables ten deep": (
        CARD,
        "[[section]]",
        f"[x.{'.'.join('abcdefghi')}]\n{'.'.join('klmnopq')} = [[[1]]]\n[[section]]",
        "is nested too deeply",
    ),
    "text of a step with markup": (
        STORY,
        "Annoyed, because",
        "<i>Annoyed</i>, because",
        "[[step.option]] feels.a.text: holds markup",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_value_that_cannot_be_is_refused_by_its_place(case: str, refusals, edit) -> None:
    name, old, new, wanted = CASES[case]
    edit(name, old, new)
    found = refusals()
    assert any(name in line and wanted in line for line in found), found
