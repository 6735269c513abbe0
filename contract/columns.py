"""The columns of a table with what the catalog says of them: made once, held against every table that has them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from contract.batch import Row

_TEXT: frozenset[type] = frozenset({str})
_WHOLE: frozenset[type] = frozenset({int, type(None)})
_NUMBER: frozenset[type] = frozenset({float, int, type(None)})


class WrongTypeError(ValueError):
    """A value that the field's kind does not allow: the batch is malformed."""


class Checked(NamedTuple):
    """What was found of a table. `full`: every field of every row has a value, of the type in which it is stored."""

    columns: "Columns"
    full: bool


@dataclass(frozen=True, eq=False)
class Columns:
    """`whole` says of each field whether it is an integer: a state or a delta. That numbers are finite and fit 64 bits
    the table itself sees to."""

    measurement: str
    tags: tuple[str, ...]
    fields: tuple[str, ...]
    whole: tuple[bool, ...]

    def check(self, rows: Sequence[Row]) -> bool:
        """Hold the rows of a table against the columns. Returns whether every field of every row has a value, of the
        type in which it is stored.

        Raises:
            WrongTypeError: a value has the wrong type for its field.
        """
        # By column, and not by cell: that is twenty times faster.
        found = [set(map(type, column)) for column in zip(*rows, strict=True)]
        for allowed, types in zip(self._allowed, found, strict=False):
            if not types <= allowed:
                raise WrongTypeError(self._wrong(rows))
        return found[len(self.tags) :] == self._stored

    @cached_property
    def _allowed(self) -> tuple[frozenset[type], ...]:
        return (*[_TEXT] * len(self.tags), *[_WHOLE if whole else _NUMBER for whole in self.whole])

    @cached_property
    def _stored(self) -> list[set[type]]:
        return [{int if whole else float} for whole in self.whole]

    def _wrong(self, rows: Iterable[Row]) -> str:
        names = (*self.tags, *self.fields)
        name, allowed, value = next(
            (name, allowed, value)
            for row in rows
            for name, allowed, value in zip(names, self._allowed, row, strict=True)
            if type(value) not in allowed
        )
        if allowed is _TEXT:
            return f"{self.measurement}.{name} is a tag, {value!r} is no string"
        kind = "an integer" if allowed is _WHOLE else "a number"
        return f"{self.measurement}.{name} is {kind}, {str(value)[:40]!r} is not"
