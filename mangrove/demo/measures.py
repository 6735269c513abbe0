"""What the demo measures of itself: how soon there is a screen, how soon all is polled, and what it costs."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from mangrove.demo.usage import cpu_s, rss_mb


@dataclass(slots=True)
class Measures:
    """`began`: monotonic, when the command was given; `pids`: the processes by name, this one apart. Seconds are since
    it began, None what has not come yet."""

    began: float
    pids: Mapping[str, int]
    first_screen_s: float | None = None
    all_polled_s: float | None = None
    memory_mb: dict[str, float] = field(default_factory=dict)
    _mark: tuple[float, float] | None = None

    def drawn(self) -> None:
        """A screen was drawn."""
        if self.first_screen_s is None:
            self.first_screen_s = self.elapsed_s()

    def polled(self, devices: int, assigned: int) -> None:
        """So many of the devices have been polled. Once all are, the CPU of what then goes on is measured."""
        if self.all_polled_s is None and 0 < assigned <= devices:
            self.all_polled_s = self.elapsed_s()
            self._mark = time.monotonic(), self._cpu_s()

    def cores(self) -> float | None:
        """Return the CPU-seconds a second of all processes together since all devices were polled."""
        if self._mark is None:
            return None
        at, used = self._mark
        return (self._cpu_s() - used) / max(1e-9, time.monotonic() - at)

    def look(self) -> None:
        """Note the memory in MiB by process."""
        self.memory_mb = {name: rss_mb(pid) for name, pid in self._pids().items()}

    def elapsed_s(self) -> float:
        """Return the seconds since it began."""
        return time.monotonic() - self.began

    def by_name(self) -> dict[str, float]:
        """Return the CPU-seconds of each process so far."""
        return {name: cpu_s([pid]) for name, pid in self._pids().items()}

    def _cpu_s(self) -> float:
        return cpu_s(self._pids().values())

    def _pids(self) -> dict[str, int]:
        return {**self.pids, "view": os.getpid()}
