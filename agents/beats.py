"""Starts what has a beat: on time, one at a time for each, and never twice at once."""

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agents import schedule

log = logging.getLogger(__name__)

LATE_S = 0.25


@dataclass(slots=True)
class BeatCounts:
    """Since the start: beats that began, those of them that began more than LATE_S after their time, that were ended
    before they were done, or met a bug; and those that were skipped because the one before still went on, or nobody had
    time for them."""

    begun: int = 0
    late: int = 0
    cancelled: int = 0
    bugs: int = 0
    missed: int = 0


@dataclass(slots=True, eq=False)
class _Beat:
    name: str
    offset: float
    interval_s: float
    work: Callable[[], Awaitable[None]]
    task: asyncio.Task[None] | None = None
    ended: bool = False


class Beats:
    """Lives on the event loop. Memory is held only for what is going on, so that ten thousand beats cost little."""

    def __init__(self, on_start: Callable[[str, float, float], None] | None = None) -> None:
        """`on_start` is told the name, the time that was due, and the time that it is (monotonic, seconds)."""
        self.counts = BeatCounts()
        self._on_start = on_start
        self._beats: dict[str, _Beat] = {}
        self._heap: list[tuple[float, int, _Beat]] = []
        self._order = itertools.count()
        self._wake = asyncio.Event()

    def set(self, name: str, interval_s: float, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` on the beat of this name, from now on; what had the name before is ended."""
        self.end(name)
        beat = _Beat(name, schedule.phase(name, interval_s), interval_s, work)
        self._beats[name] = beat
        self._push(beat, time.monotonic())

    def end(self, name: str) -> None:
        """End a beat, and cancel what it is at."""
        beat = self._beats.pop(name, None)
        if beat:
            beat.ended = True
            if beat.task:
                self.counts.cancelled += 1
                beat.task.cancel()

    async def run(self) -> None:
        """Start what is due, until cancelled."""
        while True:
            self._wake.clear()
            now = time.monotonic()
            while self._heap and self._heap[0][0] <= now:
                due, _, beat = heapq.heappop(self._heap)
                if not beat.ended:
                    self._begin(beat, due, now)
            wait = self._heap[0][0] - time.monotonic() if self._heap else None
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _begin(self, beat: _Beat, due: float, now: float) -> None:
        # Whoever was asleep, or had no time, does not make up for it.
        self.counts.missed += schedule.missed(due, beat.interval_s, now)
        if beat.task:
            self.counts.missed += 1
        else:
            self.counts.begun += 1
            self.counts.late += now - due > LATE_S
            if self._on_start:
                self._on_start(beat.name, due, now)
            beat.task = asyncio.create_task(self._work(beat), name=f"poll {beat.name}")
        self._push(beat, now)

    async def _work(self, beat: _Beat) -> None:
        try:
            await beat.work()
        except Exception:
            self.counts.bugs += 1
            log.critical("a bug has ended a beat of %s; it goes on with the next one", beat.name, exc_info=True)
        finally:
            beat.task = None

    def _push(self, beat: _Beat, now: float) -> None:
        due = schedule.next_beat(beat.offset, beat.interval_s, now)
        heapq.heappush(self._heap, (due, next(self._order), beat))
        if self._heap[0][2] is beat:
            self._wake.set()
