"""The numbers of a batch, one by one, as the watcher judges them. Pure."""

from collections.abc import Container
from dataclasses import dataclass

from contract.batch import Batch
from contract.tag_text import clean


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an element, with the tags of its row, such as the name of an interface."""

    measurement: str
    field: str
    row: tuple[str, ...]
    value: float
    at: int


def values(batch: Batch, shift_ms: int, now_ms: int, judged: Container[tuple[str, str]]) -> list[Value]:
    """Return the numbers of a batch in the order of their times, of tables with tags only those that are `judged`
    (measurement and field); those of a row that has a time of its own have that time. `shift_ms` makes its times ours,
    and none is later than now."""
    out: list[Value] = []
    for table in batch.tables:
        width = len(table.tags)
        columns = [
            (place, name)
            for place, name in enumerate(table.fields, width)
            if not width or (table.measurement, name) in judged
        ]
        for number, row in enumerate(table.rows if columns else ()):
            at = min(now_ms, shift_ms + (batch.time if table.times is None else table.times[number]))
            tags = tuple(clean(str(tag)) for tag in row[:width])
            for place, name in columns:
                if isinstance(value := row[place], int | float):
                    out.append(Value(table.measurement, name, tags, float(value), at))
    return sorted(out, key=lambda value: value.at)
