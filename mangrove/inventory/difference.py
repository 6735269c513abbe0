"""How one list of an inventory differs from another, and what becomes of it. Pure.

Entries are told apart by their ids, of which each stands once in a list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from contract.inventory import AgentEntry, Area, Cell, Device, Inventory, Link, Sensor, Site

Entry = Area | Site | AgentEntry | Device | Sensor | Link | Cell


class Edit(NamedTuple):
    """One field that is another."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that has the same id, and is not the same."""

    before: Entry
    after: Entry

    def edits(self) -> list[Edit]:
        """Return the fields that differ, in the order in which the inventory has them."""
        return [
            Edit(name, before, after)
            for name in type(self.after).model_fields
            if (before := getattr(self.before, name, None)) != (after := getattr(self.after, name))
        ]


@dataclass(frozen=True, slots=True)
class Difference:
    """What one list has and another has not."""

    added: Sequence[Entry] = ()
    changed: Sequence[Change] = ()
    removed: Sequence[Entry] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def entries(inventory: Inventory, name: str) -> list[Entry]:
    """Return a list of an inventory by its name, such as `devices`."""
    found: list[Entry] = getattr(inventory, name)
    return found


def difference(before: Sequence[Entry], after: Sequence[Entry]) -> Difference:
    """Return what makes `after` of `before`."""
    there, then = {one.id: one for one in before}, {one.id for one in after}
    return Difference(
        added=[one for one in after if one.id not in there],
        changed=[Change(old, one) for one in after if (old := there.get(one.id)) is not None and old != one],
        removed=[one for one in before if one.id not in then],
    )


def applied(before: Sequence[Entry], change: Difference) -> list[Entry]:
    """Return the list as it is after the change: in its old order, what is new behind it."""
    gone = {one.id for one in change.removed}
    then = {one.after.id: one.after for one in change.changed}
    return [*(then.get(one.id, one) for one in before if one.id not in gone), *change.added]
