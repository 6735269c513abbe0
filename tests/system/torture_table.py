"""One table of all that was done to the thread, and what came of it: printed at the end of a run.

A test takes the fixture `torture_table` and adds rows; rows of one fault are summed. They travel as properties of the
test's report, so that they are printed whichever process ran the test, and when the test fails, too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

PROPERTY = "torture"
HEAD = ("fault", "times", "lost", "duplicated", "forged", "median s", "worst s")


@dataclass(frozen=True, slots=True)
class Row:
    """What came of a fault that was done `times` times; `seconds` are the times to recover that were measured."""

    fault: str
    times: int
    lost: int
    duplicated: int
    forged: int
    seconds: tuple[float, ...]

    def __add__(self, other: "Row") -> "Row":
        return Row(
            self.fault,
            self.times + other.times,
            self.lost + other.lost,
            self.duplicated + other.duplicated,
            self.forged + other.forged,
            self.seconds + other.seconds,
        )

    def cells(self) -> tuple[str, ...]:
        """Return the texts of a line; a dash for a time that was not measured."""
        times = (median(self.seconds), max(self.seconds)) if self.seconds else ()
        counts = (self.times, self.lost, self.duplicated, self.forged)
        return (self.fault, *map(str, counts), *(f"{s:.1f}" for s in times), *("-", "-")[len(times) :])


@dataclass(frozen=True, slots=True)
class TortureTable:
    """Where one test puts its rows."""

    properties: list[tuple[str, object]]

    def add(
        self, fault: str, times: int, lost: int, duplicated: int, forged: int, seconds: Iterable[float] = ()
    ) -> None:
        """Add a row. Call it before the asserts, so that what went wrong is in the table."""
        self.properties.append((PROPERTY, (fault, times, lost, duplicated, forged, tuple(seconds))))


def row(value: object) -> Row:
    """Return a row of a report's property, which xdist has made lists of."""
    assert isinstance(value, list | tuple)
    fault, times, lost, duplicated, forged, seconds = value
    return Row(str(fault), int(times), int(lost), int(duplicated), int(forged), tuple(map(float, seconds)))


def lines(rows: Iterable[Row]) -> list[str]:
    """Return the table, a fault a line in the order of their first rows, and the sum; nothing when there is no row."""
    by_fault: dict[str, Row] = {}
    for one in rows:
        by_fault[one.fault] = by_fault[one.fault] + one if one.fault in by_fault else one
    if not by_fault:
        return []
    whole = sum(by_fault.values(), Row("sum", 0, 0, 0, 0, ()))
    cells = [HEAD, *(one.cells() for one in [*by_fault.values(), whole])]
    widths = [max(len(line[at]) for line in cells) for at in range(len(HEAD))]
    return [_line(line, widths) for line in cells]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        cell.ljust(width) if at == 0 else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *rest])
