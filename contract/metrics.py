"""The numbers that a process keeps of itself: name, meaning, and where each is read. Pure.

One table of them is what `/metrics` shows, what a report of a process about itself has, and what the documents explain.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

log = logging.getLogger(__name__)

Part = TypeVar("Part")
Parts = TypeVar("Parts")
Value = float | None | Mapping[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Metric(Generic[Parts]):
    """A number. A counter is whole and only grows from the process's start on; a gauge goes up and down. `read` returns
    it from the parts of the process, None when there is none now, and with `labels` a number for each of their values.
    It may not wait: whoever watches asks often."""

    name: str
    kind: Literal["counter", "gauge"]
    meaning: str
    read: Callable[[Parts], Value]
    labels: tuple[str, ...] = ()

    def value(self, parts: Parts) -> Value:
        """Return the number; None, with a line in the log, where a bug is in its way: it hides no other."""
        try:
            return self.read(parts)
        except Exception:
            log.exception("a bug: the number %s cannot be read", self.name)
            return None


def within(metrics: Sequence[Metric[Part]], pick: Callable[[Parts], Part]) -> tuple[Metric[Parts], ...]:
    """Return the numbers of a part as those of the parts that `pick` finds it in."""
    return tuple(
        Metric(one.name, one.kind, one.meaning, lambda parts, one=one: one.read(pick(parts)), one.labels)  # type: ignore[misc]
        for one in metrics
    )


class Report(Generic[Parts]):
    """Remembers the counters of the last report, since their differences are stored. Not thread-safe."""

    def __init__(self, metrics: Sequence[Metric[Parts]], parts: Parts) -> None:
        self._metrics, self._parts = metrics, parts
        self._last: dict[str, int] = {}
        self._said: dict[str, int] = {}

    def fields(self) -> dict[str, float | int]:
        """Return what was counted since the last report that was `done`, and gauges as they are now. A counter with
        labels is their sum; a gauge with labels is of something else than the process, and left out."""
        out: dict[str, float | int] = {}
        for metric in self._metrics:
            value = metric.value(self._parts)
            if value is None:
                continue
            if metric.kind == "counter":
                total = int(sum(value.values()) if isinstance(value, Mapping) else value)
                out[metric.name] = max(0, total - self._last.get(metric.name, 0))
                self._said[metric.name] = total
            elif not isinstance(value, Mapping):
                out[metric.name] = float(value)
        return out

    def done(self) -> None:
        """The fields that were returned last have been reported."""
        self._last = dict(self._said)
