"""A batch to points: tags from the inventory version that it names, clean text, one type a field. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

from collector.intake import Accepted
from collector.series import Fields, Series
from collector.series_guard import SeriesGuard
from collector.store import Point
from contract.batch import Outcome, Row, Table
from contract.columns import Columns
from contract.tag_text import clean

MAX_SERIES = 200_000  # that are remembered: about 100 MB
MAX_FIELDS = 10_000  # a table with gaps has many choices of them
_Own = str | tuple[str, ...]  # the tags that a device says of a row: one, or several
_Family = tuple[str, str, str, Columns]  # agent, assignment, device, and the columns of its table
_LeftOut = dict[str, list[Series]]  # why, and which series
_point = partial(tuple.__new__, Point)  # `Point._make` takes four times as long
_POLL = Columns("poll", (), ("outcome", "requests", "took_ms"), (True, True, False))

OUTCOMES: dict[Outcome, int] = {
    "ok": 0,
    "partial": 1,
    "timeout": 2,
    "auth": 3,
    "refused": 4,
    "unreachable": 5,
    "error": 6,
}


class LaterError(Exception):
    """A batch that brings more new series than may come now: it waits on its agent's disk."""


class Made(NamedTuple):
    """The points of `batches`, in their order; those of batch number i end before `ends[i]`. `left_out` says of
    numbers of batches why rows of them are not here. A batch that must wait is in none of it."""

    batches: list[Accepted]
    points: list[Point]
    ends: list[int]
    left_out: dict[int, str]

    def batch_of(self, point: int) -> int:
        """Return the number of the batch that a point belongs to."""
        return bisect_right(self.ends, point)

    def values(self, batch: int) -> int:
        """Return how many values a batch has."""
        start = self.ends[batch - 1] if batch else 0
        return sum(len(point.values) for point in self.points[start : self.ends[batch]])


class Enricher:
    """Remembers the series that it has made, for nearly all come again with the next reading. Used by one thread."""

    def __init__(self, guard: SeriesGuard) -> None:
        self._guard = guard
        self._families: dict[_Family, dict[_Own, Series]] = {}
        self._known_fields: dict[tuple[tuple[str, ...], tuple[bool, ...]], Fields] = {}
        self._altered: set[tuple[str, str]] = set()  # agents' devices of which a name is not stored as they say it
        self._count = 0

    def all(self, group: Iterable[Accepted], now_ms: int) -> Made:
        """Return what is stored of many batches.

        Raises:
            StateError: the new series cannot be noted; nothing of it may be written.
        """
        if self._guard.turn(now_ms) or self._count > MAX_SERIES:  # not in between: what is altered must be known
            self._forget()
        made = Made([], [], [], {})
        for one in group:
            try:
                points, why = self.points(one)
            except LaterError:
                continue
            if why:
                made.left_out[len(made.batches)] = why
            made.batches.append(one)
            made.points.extend(points)
            made.ends.append(len(made.points))
        self._guard.flush()
        return made

    def points(self, accepted: Accepted) -> tuple[list[Point], str]:
        """Return what is stored of a batch, and why rows of it are left out, if any are. A row without any value is no
        point.

        Raises:
            LaterError: not now.
        """
        out: list[Point] = []
        batch = accepted.batch
        left_out: _LeftOut = {}
        if batch.poll is not None:
            values: tuple[float | int, ...] = (
                OUTCOMES[batch.poll.outcome],
                batch.poll.requests,
                float(batch.poll.took_ms),
            )
            fields = self._fields(_POLL.fields, _POLL.whole)
            if batch.kind == "sensor":  # it was not asked: it came or went
                values, fields = values[:1], self._fields(_POLL.fields[:1], _POLL.whole[:1])
            series = self._series(accepted, _POLL, [()], left_out)
            out += [Point(one, fields, values, batch.time) for one in series if one]
        for table, (columns, full) in zip(batch.tables, accepted.checked, strict=True):
            own = itemgetter(*range(len(table.tags))) if table.tags else _nothing
            keys = list(map(own, table.rows))
            of_rows = self._series(accepted, columns, keys, left_out)
            if (accepted.agent, batch.device) in self._altered or len(set(keys)) < len(keys):
                _leave_out_twins(of_rows, table, left_out)
            times = repeat(batch.time) if table.times is None else table.times
            rows = zip(of_rows, table.rows, times, strict=False)
            if full and not left_out:
                values_of = map(tuple, map(itemgetter(slice(len(table.tags), None)), table.rows))
                fields_of = repeat(self._fields(columns.fields, columns.whole))
                out.extend(map(_point, zip(of_rows, fields_of, values_of, times, strict=False)))
            else:
                out.extend(self._one_by_one(columns, rows))
        return out, _why(left_out)

    def _series(
        self, accepted: Accepted, columns: Columns, own: Sequence[_Own], left_out: _LeftOut
    ) -> list[Series | None]:
        """Return the series of each row, None for one that is left out; `own` are what the device says of its tags."""
        family = accepted.agent, accepted.batch.assignment, accepted.batch.device, columns
        known = self._families.get(family)
        if known is None:
            known = self._families[family] = {}
            self._count += 1  # one without series takes room, too
        try:
            return list(map(known.__getitem__, own))
        except KeyError:
            self._learn(accepted, columns, dict.fromkeys(own).keys() - known.keys(), known, left_out)
            return list(map(known.get, own))

    def _learn(
        self,
        accepted: Accepted,
        columns: Columns,
        new: Iterable[_Own],
        known: dict[_Own, Series],
        left_out: _LeftOut,
    ) -> None:
        """Make the series that are new here, those that are let in."""
        tags = _tags(accepted)
        for own in new:
            series = _new(columns, tags, own)
            verdict = self._guard.judge(accepted.agent, accepted.batch.device, series)
            if verdict == "later":
                raise LaterError
            if verdict == "full":
                left_out.setdefault(self._guard.why_full(accepted.agent, accepted.batch.device), []).append(series)
                continue
            known[own] = series
            self._count += 1
            if not _is_as_said(series, columns, own):
                self._altered.add((accepted.agent, accepted.batch.device))

    def _forget(self) -> None:
        self._families.clear()
        self._altered.clear()
        self._count = 0

    def _one_by_one(self, columns: Columns, rows: Iterable[tuple[Series | None, Row, int]]) -> Iterator[Point]:
        width = len(columns.tags)
        for series, row, time in rows:
            given = [
                (name, whole, int(value) if whole else float(value))
                for name, whole, value in zip(columns.fields, columns.whole, row[width:], strict=True)
                if isinstance(value, int | float)
            ]
            if series and given:
                names, whole, values = zip(*given, strict=True)
                yield Point(series, self._fields(names, whole), values, time)

    def _fields(self, names: tuple[str, ...], whole: tuple[bool, ...]) -> Fields:
        """Return the one object for these fields."""
        key = names, whole
        if key not in self._known_fields:
            if len(self._known_fields) >= MAX_FIELDS:
                self._known_fields.clear()
            self._known_fields[key] = Fields(*key)
        return self._known_fields[key]


def _tags(accepted: Accepted) -> dict[str, str]:
    tags = {"agent": accepted.agent}
    if accepted.meaning is None:
        return tags
    if accepted.batch.kind == "pm":
        cell = accepted.meaning.cells[accepted.batch.device]
        area = accepted.meaning.sites[cell.site].area
        return tags | {"device": cell.id, "site": cell.site, "area": area, "operator": cell.operator}
    device = accepted.meaning.elements[accepted.batch.device]
    site = accepted.meaning.sites[device.site]
    tags |= {"device": device.id, "site": site.id, "area": site.area}
    optional = {"level": device.level, "role": device.role, "vendor": device.vendor, "operator": site.operator}
    return tags | {name: value for name, value in optional.items() if value}


def _new(columns: Columns, tags: Mapping[str, str], own: _Own) -> Series:
    texts = (own,) if isinstance(own, str) else own
    said = {name: clean(text) for name, text in zip(columns.tags, texts, strict=True)}
    return Series(columns.measurement, tuple(sorted({**tags, **said}.items())))


def _is_as_said(series: Series, columns: Columns, own: _Own) -> bool:
    texts = (own,) if isinstance(own, str) else own
    return set(zip(columns.tags, texts, strict=True)) <= set(series.tags)


def _leave_out_twins(of_rows: list[Series | None], table: Table, left_out: _LeftOut) -> None:
    """Leave out each row that would overwrite an earlier one of its series and time with other values: a database keeps
    only the last."""
    width = len(table.tags)
    first: dict[tuple[Series, int], Row] = {}
    for place, (series, row) in enumerate(zip(of_rows, table.rows, strict=True)):
        if series is not None:
            known = first.setdefault((series, table.times[place] if table.times else 0), row)
            if known[width:] != row[width:]:
                left_out.setdefault("two rows have one name and time", []).append(series)
                of_rows[place] = None


def _why(left_out: _LeftOut) -> str:
    return "; ".join(
        f"{why}: {len(series)} rows are left out, one of them {dict(series[0].tags)}"
        for why, series in left_out.items()
    )


def _nothing(_row: Row) -> tuple[str, ...]:
    return ()
