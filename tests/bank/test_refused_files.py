"""Files that are no files of ours, links that lead out, and folders with something else in them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assessment.bank import BankErrors, read_bank

JOKE = "items/composure/joke-about-the-part.toml"
LIKERT = "items/listening/ipip-x121.toml"
PRACTICE = "items/practice/practice-late-bus.toml"

SPOILED: dict[str, tuple[Callable[[str], bytes], str]] = {
    "UTF-16": (lambda text: text.encode("utf-16"), "is written in UTF-16"),
    "UTF-16 without a mark": (lambda text: text.encode("utf-16-le"), "holds a NUL byte"),
    "Latin-1": (lambda text: text.replace("joke", "jöke").encode("latin-1"), "is not UTF-8 (line 1)"),
    "byte order mark": (lambda text: b"\xef\xbb\xbf" + text.encode(), "begins with a byte order mark"),
    "NUL byte": (lambda text: text.encode().replace(b"joke", b"jo\x00ke", 1), "holds a NUL byte"),
    "empty": (lambda text: b"", "is empty"),
    "comments alone": (lambda text: b"# nothing yet\n", "is empty"),
    "cut halfway": (lambda text: text.encode()[: len(text) // 2], "is not TOML"),
    "a stem of one megabyte": (lambda text: text.replace("You work", "x" * 1_000_000).encode(), "is longer than 8000 characters"),
    "two megabytes": (lambda text: (text + "# note\n" * 300_000).encode(), "is larger than 1024 KiB"),
    "carriage returns alone": (lambda text: text.replace("\n", "\r").encode(), "is not TOML"),
    "a picture": (lambda text: b"\x89PNG\r\n\x1a\n" + bytes(range(1, 256)), "is not UTF-8 (line 1)"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_file_that_is_no_text_of_ours_is_refused_by_name(case: str, questions: Path, refusals) -> None:
    spoil, wanted = SPOILED[case]
    path = questions / JOKE
    path.write_bytes(spoil(path.read_text(encoding="utf-8")))
    assert any(line.startswith(f"{JOKE}: ") and wanted in line for line in refusals())


def test_a_long_stem_on_many_lines_is_refused(refusals, edit) -> None:
    stem = '"""' + "You wait.\n" * 60_000 + '"""'
    edit(PRACTICE, '"This one is for practice. You work at the counter of a bus station."', stem)
    assert f"{PRACTICE}: [scenario] setting: is longer than 4000 characters" in refusals()


def test_every_error_of_every_file_is_listed_at_once(refusals, edit) -> None:
    edit(JOKE, '"draft"', '"final"')
    edit(JOKE, 'channel = "counter"', 'channel = "fax"')
    edit("forms/short.toml", "minutes = 12", "minutes = nan")
    edit("facets.toml", 'id = "listening"', 'id = "composure"')
    edit("scorecards/contact.toml", "weight = 40", "weight = -1")
    files = ["facets.toml", "forms/short.toml", JOKE, JOKE, "scorecards/contact.toml"]
    assert [line.split(":")[0] for line in refusals()] == files


def test_an_item_at_fault_is_blamed_once_and_not_again_by_its_form_or_translation(refusals, edit) -> None:
    edit(JOKE, '"draft"', '"final"')
    edit(LIKERT, '"draft"', '"final"')
    assert [line.split(":")[0] for line in refusals()] == [JOKE, LIKERT]


def test_a_link_out_of_the_bank_is_refused(questions: Path, tmp_path: Path, refusals) -> None:
    (tmp_path / "secret.toml").write_text("password = 1")
    (questions / "items/composure/secret.toml").symlink_to(tmp_path / "secret.toml")
    found = refusals()
    assert "items/composure/secret.toml: is a link to a place outside the question bank" in found
    assert not any("password" in line for line in found)


def test_a_linked_folder_out_of_the_bank_is_refused(questions: Path, tmp_path: Path, refusals) -> None:
    (tmp_path / "elsewhere").mkdir()
    (questions / "items/elsewhere").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert "items/elsewhere: is a link to a place outside the question bank" in refusals()


def test_a_link_that_leads_nowhere_or_to_itself_is_refused(questions: Path, refusals) -> None:
    (questions / "items/composure/gone.toml").symlink_to("nowhere.toml")
    (questions / "items/composure/loop.toml").symlink_to("loop.toml")
    found = refusals()
    assert any(line.startswith("items/composure/gone.toml: cannot be read") for line in found)
    assert any(line.startswith("items/composure/loop.toml: cannot be read") for line in found)


def test_a_pipe_is_refused_without_waiting_for_it(questions: Path, refusals) -> None:
    os.mkfifo(questions / "items/composure/pipe.toml")
    assert "items/composure/pipe.toml: is not a regular file" in refusals()


def test_a_mistyped_ending_or_folder_is_not_passed_over(questions: Path, refusals) -> None:
    (questions / JOKE).rename(questions / "items/composure/joke-about-the-part.tml")
    (questions / "items/loose.toml").write_text("a = 1")
    (questions / "forms/old").mkdir()
    found = refusals()
    assert "items/composure/joke-about-the-part.tml: only .toml files belong here" in found
    assert "items/loose.toml: files do not belong here" in found
    assert "forms/old: folders do not belong here" in found


def test_a_file_name_with_control_characters_is_named_harmlessly(questions: Path, refusals) -> None:
    (questions / "items/composure/a\n\x1b[2J.toml").write_text("")
    found = [line for line in refusals() if "is empty" in line]
    assert found and all(line.isprintable() for line in found)


def test_a_folder_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BankErrors) as caught:
        read_bank(tmp_path)
    found = [str(fault) for fault in caught.value.faults]
    assert "items: there is not one item in this bank" in found
    assert any(line.startswith("facets.toml: cannot be read") for line in found)


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BankErrors, match="is not a folder"):
        read_bank(tmp_path / "nowhere")


def test_a_refused_bank_says_that_nothing_was_read(questions: Path, edit) -> None:
    edit(JOKE, '"draft"', '"final"')
    with pytest.raises(BankErrors, match=r"The question bank has one error; nothing was read from it\."):
        read_bank(questions)
