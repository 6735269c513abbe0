"""The seam between the collector and a time series database: what is written, and what an answer means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Point:
    """One row of one series. `tags` and `fields` are sorted by name and hold clean text and catalogued types only
    (float: gauge, int: state or delta); `time` is whole milliseconds since 1970 UTC."""

    measurement: str
    tags: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, float | int], ...]
    time: int


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
