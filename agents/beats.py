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
    before they were done, or met a bug; those that were skipped because the one before still went on, or nobody had
    time for them; and what was done out of turn."""

    begun: int = 0
    late: int = 0
    cancelled: int = 0
    bugs: int = 0
    missed: int = 0
    out_of_turn: int = 0


@dataclass(slots=True, eq=False)
class _Beat:
    name: str
    offset: float
    interval_s: float
    work: Callable[[], Awaitable[None]]
    task: asyncio.Task[None] | None = None
    ended: bool = False
    out_of_turn: bool = False
    """What it is at was begun beside its own times."""
    again: bool = False
    """Once more when that is done."""


class Beats:
    """Lives on the event loop. Memory is held only for what is going on, so that ten thousand beats cost little."""

    def __init__(self, on_start: Callable[[str, float, float], None] | None = None) -> None:
        """`on_start` is told the name, the time that was due, and the time that it is (monotonic, seconds)."""
        self.counts = BeatCounts()
        self._on_start = on_start
        self._beats: dict[str, _Beat] = {}
        self._heap: list[tuple[float, int, _Beat, bool]] = []
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

    def also(self, name: str, at: float) -> None:
        """Do the work of a beat once more, at a time of the monotonic clock beside its own times; after what it is at
        then, since that may have begun before there was a reason. Nothing, when there is no such beat."""
        if beat := self._beats.get(name):
            self._insert(at, beat, out_of_turn=True)

    async def run(self) -> None:
        """Start what is due, until cancelled."""
        while True:
            self._wake.clear()
            now = time.monotonic()
            while self._heap and self._heap[0][0] <= now:
                due, _, beat, out_of_turn = heapq.heappop(self._heap)
                if beat.ended:
                    continue
                if out_of_turn:
                    self._begin_now(beat)
                else:
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
            self.counts.missed += not beat.out_of_turn
            beat.again |= beat.out_of_turn
        else:
            self.counts.begun += 1
            self.counts.late += now - due > LATE_S
            if self._on_start:
                self._on_start(beat.name, due, now)
            self._start(beat)
        self._push(beat, now)

    def _begin_now(self, beat: _Beat) -> None:
        if beat.task:
            beat.again = True
        else:
            self.counts.out_of_turn += 1
            beat.out_of_turn = True
            self._start(beat)

    def _start(self, beat: _Beat) -> None:
        beat.task = asyncio.create_task(self._work(beat), name=f"poll {beat.name}")

    async def _work(self, beat: _Beat) -> None:
        try:
            await beat.work()
        except Exception:
            self.counts.bugs += 1
            log.critical("a bug has ended a beat of %s; it goes on with the next one", beat.name, exc_info=True)
        finally:
            beat.task, beat.out_of_turn = None, False
            if beat.again and not beat.ended:
                beat.again = False
                self._begin_now(beat)

    def _push(self, beat: _Beat, now: float) -> None:
        self._insert(schedule.next_beat(beat.offset, beat.interval_s, now), beat, out_of_turn=False)

    def _insert(self, due: float, beat: _Beat, *, out_of_turn: bool) -> None:
        heapq.heappush(self._heap, (due, next(self._order), beat, out_of_turn))
        if self._heap[0][2] is beat:
            self._wake.set()
