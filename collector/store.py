"""The seam between the collector and a time series database: what is written, and what an answer means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from collector.series import Fields, Series

Tags = tuple[tuple[str, str], ...]


class Point(NamedTuple):
    """One row of one series; `time` is whole milliseconds since 1970 UTC. Of `values` there is one for each field, of
    its type. Points of a table share their fields, and those of a series its object, since the collector makes
    millions of them."""

    series: Series
    columns: Fields
    values: tuple[float | int, ...]
    time: int

    @classmethod
    def of(cls, measurement: str, tags: Tags, fields: Sequence[tuple[str, float | int]], time: int) -> "Point":
        """Return the point of a series of its own; `tags` are sorted by name."""
        names, values = tuple(name for name, _ in fields), tuple(value for _, value in fields)
        return cls(Series(measurement, tags), Fields(names, tuple(isinstance(v, int) for v in values)), values, time)

    @property
    def measurement(self) -> str:
        """The measurement of its series."""
        return self.series.measurement

    @property
    def tags(self) -> Tags:
        """The tags of its series."""
        return self.series.tags

    @property
    def fields(self) -> tuple[tuple[str, float | int], ...]:
        """The names with their values."""
        return tuple(zip(self.columns.names, self.values, strict=True))


@dataclass(frozen=True, slots=True)
class Written:
    """The database said yes to all of it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The database will never take some of it, whatever is done; the reason is in its own words. Others of the same
    request may be stored."""

    reason: str


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The request is over the database's size limit: the same points in smaller requests may pass."""

    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now: the same request may pass later, `after_s` seconds from now at the earliest."""

    after_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A setting of ours is wrong (token, database, permission): nothing is refused, nothing more is sent until it is
    mended; a human must act."""

    reason: str


Answer = Written | Refused | TooLarge | Retry | Stop
Row = dict[str, float | int | str | None]


class QueryError(Exception):
    """A question that the database did not answer; the text is its own."""


class Store(Protocol):
    """One database. Used from one thread."""

    horizon_s: float
    """Seconds after its yes in which the database may still forget (0: it is durable at once)."""

    linger_s: float
    """Seconds in which batches may gather before they are written, since a write costs it much whatever is in it."""

    def write(self, points: Sequence[Point]) -> Answer:
        """Send one request. Never raises for anything the database or the network does."""

    def incarnation(self) -> str | None:
        """Return what names the running process of the database (its start time), or None when it cannot be had now.
        Asked before a write and after its horizon: when the two differ, what was written may be forgotten."""

    def query(self, text: str) -> list[Row]:
        """Answer a question in the database's own language.

        Raises:
            QueryError: with the database's words.
        """

    def close(self) -> None:
        """Let go of the database."""
