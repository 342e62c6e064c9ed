"""The buttons Up and Down beside a ranked option: what a press of one does to an order, and where the focus is afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WAYS = {"up": -1, "down": 1}


@dataclass(frozen=True, slots=True)
class Move:
    """One press: the `option` of a unit changes places with the placed option before it (`up`) or after it (`down`)."""

    unit: str
    option: str
    way: str

    def applied(self, order: Sequence[str | None]) -> list[str | None]:
        """The order after the press; the same when there is no neighbour on that side. Open places stay open."""
        moved, placed = list(order), [option for option in order if option is not None]
        if self.option not in placed:
            return moved
        beside = placed.index(self.option) + WAYS[self.way]
        if 0 <= beside < len(placed):
            here, there = order.index(self.option), order.index(placed[beside])
            moved[here], moved[there] = placed[beside], self.option
        return moved

    def landing(self, order: Sequence[str | None] | None) -> str:
        """The id of the button to go on with, in the order after the press: the same one, or its twin at the end of the list."""
        placed = [option for option in order or () if option is not None]
        if self.option not in placed or len(placed) < 2:
            return f"order-{self.unit}"
        ends = {placed[0]: "down", placed[-1]: "up"}
        return f"{ends.get(self.option, self.way)}-{self.unit}-{self.option}"


def pressed_move(form: Mapping[str, str]) -> Move | None:
    """The move that a form was sent with, None if it was sent by another button."""
    word, *parts = form.get("go", "").split(":")
    return Move(*parts) if word == "move" and len(parts) == 3 and parts[2] in WAYS else None
