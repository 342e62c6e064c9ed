"""Who is asking: the plain facts about a signed-in staff member or a command, handed to every service that acts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A staff member, or the operator of a command.

    `subject` is the pseudonym written into the audit log, `name` what people read. `staff_member_id` is None for commands.
    """

    organisation_id: int
    subject: str
    name: str
    role: str
    staff_member_id: int | None = None
