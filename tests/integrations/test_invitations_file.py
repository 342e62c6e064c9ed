"""Whom to invite: pasted lines or a table, each person once, each line answered for."""

from __future__ import annotations

import time

import pytest

from assessment.errors import BadInput
from assessment.integrations.invitations import InvitationList, Invitee, email_address, read_invitations
from assessment.integrations.values import BadValue


def told(found: InvitationList) -> list[tuple[int, str]]:
    return [(line.line, line.reason) for line in found.refused]


def test_pasted_lines_are_read_in_every_form_that_people_paste() -> None:
    found = read_invitations(
        "ana@example.org\n"
        "Ben Ito <ben@Example.ORG>\r\n"
        '"Cruz, Carla" <carla@example.org>\n'
        "Dora Diaz, dora@example.org\n"
        "Eva Ek; eva@example.org\n"
        "Finn\tfinn@example.org\n"
        "gus@example.org, Gus Gray\n"
        "<hana@example.org>\n"
        "\n"
        "  Ina   Illes   <ina+jobs@mail.example.co.uk>  \n"
    )
    assert found.refused == ()
    assert [(person.line, person.name, person.email) for person in found.people] == [
        (1, None, "ana@example.org"),
        (2, "Ben Ito", "ben@example.org"),
        (3, "Cruz, Carla", "carla@example.org"),
        (4, "Dora Diaz", "dora@example.org"),
        (5, "Eva Ek", "eva@example.org"),
        (6, "Finn", "finn@example.org"),
        (7, "Gus Gray", "gus@example.org"),
        (8, None, "hana@example.org"),
        (10, "Ina Illes", "ina+jobs@mail.example.co.uk"),
    ]
    assert found.notes == ("2 of 9 people have no name.",)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_brings_references_and_languages(separator: str) -> None:
    text = "Name,EMAIL,reference,language\nAna Ruiz,ana@example.org,007,ES\nBen,ben@example.org,,pt_br\n"
    found = read_invitations(text.replace(",", separator).encode())
    assert found.people == (
        Invitee(2, "Ana Ruiz", "ana@example.org", "007", "es"),
        Invitee(3, "Ben", "ben@example.org", None, "pt-BR"),
    )
    assert found.refused == ()


def test_lines_that_name_nobody_are_refused_one_by_one() -> None:
    found = read_invitations(
        "Ana\nana@\nana@example.org\na b@example.org\nAna <ana@example.org>, ben@example.org\nB\u200b <b@example.org>\n"
    )
    assert [person.email for person in found.people] == ["ana@example.org"]
    assert [line for line, _ in told(found)] == [1, 2, 4, 5, 6]
    reasons = [reason for _, reason in told(found)]
    assert "has no e-mail address" in reasons[0]
    assert "is not an e-mail address" in reasons[1]
    assert "is not an e-mail address" in reasons[2]
    assert "more than one address" in reasons[3]
    assert "cannot be seen" in reasons[4]


def test_refused_lines_of_a_table_say_which_column() -> None:
    found = read_invitations(
        "name,email,reference,language\nAna,ana,1,en\nBen,ben@example.org,2,english\nCy,cy@example.org,3\u202e,en\n"
    )
    assert found.people == ()
    assert [reason.split()[0] for _, reason in told(found)] == ["email", "language", "reference"]
    assert found.refused[0].raw == "Ana,ana,1,en"


def test_an_address_twice_stays_once_whatever_its_letter_case() -> None:
    found = read_invitations("Ana <ana@example.org>\nANA@EXAMPLE.ORG\nana@example.org\n")
    assert len(found.people) == 1
    assert told(found) == [(2, "has the same address as line 1"), (3, "has the same address as line 1")]


def test_a_reference_twice_stays_once() -> None:
    found = read_invitations("email,reference\na@example.org,1\nb@example.org,1\nc@example.org,\nd@example.org,\n")
    assert [person.line for person in found.people] == [2, 4, 5]
    assert told(found) == [(3, "has the same reference as line 2")]


@pytest.mark.parametrize("data", ["", "  \n ", b"", b"PK\x03\x04xl/", "a@example.org\x00"])
def test_a_list_of_nothing_is_refused(data: str | bytes) -> None:
    with pytest.raises(BadInput):
        read_invitations(data)


def test_a_list_that_is_too_long_or_too_large_is_refused() -> None:
    with pytest.raises(BadInput, match="more than 20000 lines"):
        read_invitations("a@example.org\n" * 20_001)
    with pytest.raises(BadInput, match="larger than"):
        read_invitations("x" * (4 * 2**20 + 1))


@pytest.mark.parametrize(
    "line",
    [
        "a" + " " * 3_000_000 + "b",
        "," * 3_000_000,
        "<" * 3_000_000,
        "a@" * 1_500_000,
        '"' * 3_000_000,
        "x@" + "a." * 1_500_000 + "org",
    ],
    ids=["spaces", "commas", "brackets", "ats", "quotes", "dots"],
)
def test_a_line_made_to_take_for_ever_does_not(line: str) -> None:
    begin = time.process_time()
    found = read_invitations(line)
    assert not found.people
    assert time.process_time() - begin < 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@",
        "a@",
        "@b.org",
        "a@b",
        "a@b.",
        "a@.org",
        "a@-b.org",
        "a@b-.org",
        ".a@b.org",
        "a.@b.org",
        "a..b@c.org",
        "a b@c.org",
        "a@b c.org",
        "é@c.org",
        "a@é.org",
        "a@b.org\nBcc: x@y.org",
        "a" * 65 + "@b.org",
        "a@" + "b" * 64 + ".org",
        "a@" + "b." * 130 + "org",
        "a@b@c.org",
        '"a"@b.org',
        "a@[1.2.3.4]",
        "a@1.2.3.4",
        "<a@b.org>",
        "a,b@c.org",
    ],
)
def test_addresses_that_mail_cannot_reach_are_refused(text: str) -> None:
    with pytest.raises(BadValue):
        email_address(text)


@pytest.mark.parametrize("text", ["a@b.org", "a.b+c_d-e'f@g-h.example.museum", "1@2.org", "a@xn--bcher-kva.xn--p1ai"])
def test_addresses_that_mail_can_reach_are_kept(text: str) -> None:
    assert email_address(text) == text
