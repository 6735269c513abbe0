"""What the demo measures of itself: how soon there is a screen, how soon all is polled, and what it costs."""

import os
import time
from collections.abc import Mapping

from mangrove.demo.usage import cpu_s, rss_mb


class Measures:
    """`first_screen_s` and `all_polled_s` are seconds since the command was given, None as long as it is not so;
    `cpu_cores` the CPU-seconds a second of all processes together since all devices were polled; `memory_mb` what each
    process has, the view being this one."""

    def __init__(self, began: float) -> None:
        """`began`: monotonic, when the command was given."""
        self._began = began
        self._mark: tuple[float, float] | None = None
        self.first_screen_s: float | None = None
        self.all_polled_s: float | None = None
        self.cpu_cores: float | None = None
        self.memory_mb: dict[str, float] = {}

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def drawn(self) -> None:
        """A screen was drawn."""
        if self.first_screen_s is None:
            self.first_screen_s = round(self.elapsed_s, 2)

    def look(self, devices: int, assigned: int, processes: Mapping[str, int]) -> None:
        """So many of the assigned devices have been polled; `processes` are the others by name."""
        pids = {"view": os.getpid(), **processes}
        self.memory_mb = {name: round(rss_mb(pid), 1) for name, pid in pids.items()}
        used, now = cpu_s(pids.values()), time.monotonic()
        if self._mark is not None:
            self.cpu_cores = round((used - self._mark[1]) / (now - self._mark[0]), 3)
        elif 0 < assigned <= devices:
            self.all_polled_s = round(self.elapsed_s, 2)
            self._mark = now, used
