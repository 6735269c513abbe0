"""What the watcher costs. `python -m benchmarks.watch [MINUTES]` prints JSON; MINUTES of calm, 2 when none are given.

A generated province lives in simulated time: every device and sensor is read once a minute, the engine ticks each
second, its derived rows are taken away. Engine, rules, pages and state file are the real ones. CPU seconds are those of
this process; `core` is the share of one core that the watch takes at that pace.
"""

import gc
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.watch_province import Readings, province
from collector.database import Database
from collector.oncall.config import OnCall
from collector.oncall.outbox import Outbox
from collector.state import State
from collector.versions import Versions
from collector.watch.config import WatchConfig
from collector.watch.engine import Engine
from collector.watch.incidents import Pager
from collector.watch.rules import load_rules
from contract.catalog import load_catalog
from contract.words import load_words

CONFIG = Path(__file__).resolve().parents[1] / "config"
START = 1_800_000_000_000
GROUP, DRAIN = 500, 5_000
LARGE, SMALL = (10_000, 3_000, 64), (800, 300, 24)  # devices, sites, communes
STORM = 10  # one site in so many goes down at once
ONCALL = OnCall.model_validate(
    {
        "channels": {"sms": {"url": {"env": "X"}}},
        "people": {"truc": {"language": "vi", "channels": ["sms"]}},
        "rotation": {
            "time_zone": "Asia/Ho_Chi_Minh",
            "start": "2026-01-05",
            "handover": {"weekday": "monday", "time": "08:00"},
            "order": ["truc"],
        },
        "escalation": {"steps": [{"after_s": 0, "notify": ["on-call"]}]},
    }
)


class Watch:
    """The watcher of a province, and a stopwatch for its parts."""

    def __init__(self, folder: Path, size: tuple[int, int, int]) -> None:
        self._folder = folder
        self._versions = Versions(folder / "versions")
        self.inventory = province(*size)
        self._readings = Readings(self._versions.publish(self.inventory, {}, 1))
        self._rules = load_rules(CONFIG / "rules", load_catalog(CONFIG / "catalog.yaml"))
        self._words = load_words(CONFIG / "words.yaml")
        self.now = START
        self._start()

    def _start(self) -> None:
        self._database = Database(self._folder / "state.sqlite")
        self.outbox = Outbox(self._database, {"truc": ["sms"]}, 60_000)
        pager = Pager(ONCALL, self.outbox, self._words)
        books = State(self._database).id
        self.engine = Engine(self._database, books, self._rules, pager, self._versions, lambda: True, WatchConfig())
        gc.freeze()  # as the collector does

    def restart(self) -> float:
        """Kill the collector and start it; returns the CPU seconds until the watch is there."""
        self._database.close()
        before = time.process_time()
        self._start()
        return time.process_time() - before

    def live(self, minutes: int, down: frozenset[str] = frozenset()) -> dict[str, float]:
        """Let minutes pass in which some devices do not answer; return what they cost."""
        self._took: dict[str, float] = dict.fromkeys(("take", "tick", "drain"), 0.0)
        ticks: list[float] = []
        batches = rows = 0
        for _ in range(minutes * 60):
            self.now += 1000
            due = list(self._readings.at(self.now, down))
            batches += len(due)
            for first in range(0, len(due), GROUP):
                with self._clock("take"), self._database.together():
                    self.engine.take(due[first : first + GROUP], self._readings.beats(self.now), self.now)
            before = self._took["tick"]
            with self._clock("tick"), self._database.together():
                self.engine.tick(self.now)
            ticks.append(self._took["tick"] - before)
            with self._clock("drain"):
                while taken := self.engine.derived.take(0, DRAIN):
                    rows += len(taken)
                    self.engine.derived.done([number for number, _ in taken])
        ticks.sort()
        return {
            "core": round(sum(self._took.values()) / (minutes * 60), 4),
            "batches_per_cpu_s": round(batches / self._took["take"]),
            "tick_ms_mean": round(1000 * sum(ticks) / len(ticks), 1),
            "tick_ms_p99": round(1000 * ticks[int(0.99 * len(ticks))], 1),
            "tick_ms_max": round(1000 * ticks[-1], 1),
            "derived_rows_per_minute": round(rows / minutes),
            "derived_rows_per_cpu_s": round(rows / self._took["drain"]) if rows else 0,
        }

    def kept(self) -> dict[str, float]:
        """Return what is in memory and on disk, MB."""
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        files = self._folder.glob("state.sqlite*")
        size = sum(file.stat().st_size for file in files)
        return {"rss_mb": round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1), "state_mb": round(size / 1e6, 1)}

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def _clock(self, part: str) -> Iterator[None]:
        before = time.process_time()
        yield
        self._took[part] += time.process_time() - before


def _figures(size: tuple[int, int, int], minutes: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        watch = Watch(Path(folder), size)
        report: dict[str, object] = {"begin": watch.live(1), "kept_at_the_beginning": watch.kept()}
        report |= {f"calm_{minutes}_min": watch.live(minutes), "kept_after_the_calm": watch.kept()}
        devices = watch.inventory.devices
        some = frozenset(one.id for one in devices if int(one.site[1:]) % STORM == 1)
        report |= {"storm": watch.live(3, some), "storm_over": watch.live(2)}
        report |= {"core_dead": watch.live(2, frozenset(one.id for one in devices)), "core_back": watch.live(2)}
        report["pages"] = len(watch.outbox.recent(100_000))
        report["restart_ms"] = round(1000 * watch.restart())
        report |= {"after_restart": watch.live(2), "kept_at_the_end": watch.kept()}
        watch.close()
        return report


def main() -> None:
    """Measure, and print."""
    minutes = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    report: dict[str, object] = {"machine": f"{platform.machine()}, Python {platform.python_version()}"}
    for size in (LARGE, SMALL):
        report["{} devices, {} sites, {} communes".format(*size)] = _figures(size, minutes)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
