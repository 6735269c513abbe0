"""Sends batches: each once as it is made, and again as long as the collector has not said that it is stored.

Fresh batches go first. The backlog is walked oldest first, from the disk, at a bounded rate and no faster than it is
stored, when the connection or the collector is new, when its store becomes ready, and after `resend_s` doubling to ten
minutes; never while no collector is present.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from agents.holdings import Spooled
from agents.pace import Pace
from agents.spool import Spool
from contract import crash_point
from contract.messages import Ack, CollectorAlive

MAX_FRESH = 5_000
MAX_FRESH_BYTES = 16 << 20
MAX_PAUSE_S = 600.0
IDLE_S = 0.25
BUSY_S = 0.02  # until the connection is asked again whether it takes more
CHUNK = 100
CHUNK_BYTES = 1 << 20


class Publisher:
    """Lives on the event loop."""

    def __init__(self, spool: Spool, send: Callable[[bytes], bool], *, resend_s: float, backlog_per_s: int) -> None:
        """`send` hands a record to the broker's connection; False: not now."""
        self._spool, self._send = spool, send
        self._resend_s, self._backlog_per_s = resend_s, backlog_per_s
        self._fresh: deque[Spooled] = deque()
        self._fresh_bytes = 0
        self._sweep: Iterator[Spooled] | None = None
        self._chunk: deque[Spooled] = deque()  # of the sweep: read, and not sent yet
        self._sweep_at = self._chunk_at = 0.0
        self._busy_s = BUSY_S
        self._swept = 0  # how many batches the sweep has sent
        self._below: Mapping[int, int] = dict.fromkeys(spool.ends, 0)  # of these boots, the sweep sends lower numbers
        self._pause_s = resend_s
        self._pace = Pace()
        self._marks: deque[tuple[float, Mapping[int, int]]] = deque()
        self._wake = asyncio.Event()
        self.collector: CollectorAlive | None = None
        self.sent = 0
        self.resent = 0
        self.put_off = 0
        """Fresh ones that were too many to keep, and go with the backlog."""

    def __len__(self) -> int:
        return len(self._fresh)

    def fresh(self, batches: list[Spooled]) -> None:
        """Take what has just become durable. What is too much to keep is on disk, and goes with the backlog."""
        self._fresh.extend(batches)
        self._fresh_bytes += sum(len(batch.data) for batch in batches)
        while len(self._fresh) > MAX_FRESH or self._fresh_bytes > MAX_FRESH_BYTES:
            self._fresh_bytes -= len(self._fresh.popleft().data)
            self.put_off += 1
        self._wake.set()

    def collector_is(self, alive: CollectorAlive) -> None:
        """Take the collector's presence: a new one, or a store that became ready, gets the backlog at once."""
        before, self.collector = self.collector, alive if alive.online else None
        if self.collector is None:
            return
        new = before is None or before.boot != alive.boot or before.state != alive.state
        ready = alive.store == "ready" and (before is None or before.store != "ready")
        if new:
            self._pace.begin(by_seen=alive.horizon_s > 0)
        if new or ready:
            self.sweep_now()

    def connected(self) -> None:
        """The connection is new: the collector may be another, and what was in flight may be lost."""
        self.collector = None
        self.sweep_now()

    def answered(self, ack: Ack, now: float, *, freed: bool) -> None:
        """Take an acknowledgement. If it `freed` something of the backlog, begin with the short pause again."""
        boot = int(ack.boot, 16)
        collector = self.collector
        if collector is None or not collector.horizon_s or collector.store == "ready":  # else *seen* tells nothing
            self._pace.seen(boot, ack.seen, now)
        if freed:
            self._pace.stored(boot, ack.stored, now)
            if boot not in self._below or any(first < self._below[boot] for first, _, _ in ack.stored):
                self._pause_s = self._resend_s
        if self._sweep is not None and (freed or ack.seen):
            self._wake.set()

    def sweep_now(self) -> None:
        """Begin the backlog from its oldest batch."""
        self._sweep = None
        self._chunk.clear()
        self._pace.restart()
        self._sweep_at = 0.0
        self._pause_s = self._resend_s
        self._wake.set()

    async def run(self) -> None:
        """Send for ever."""
        while True:
            self._wake.clear()
            wait_s = await self.step(time.monotonic())
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):  # `wait_for` of Python 3.11 can swallow a cancellation
                    await self._wake.wait()

    async def step(self, now: float) -> float:
        """Send what there is to send at `now`, seconds of the monotonic clock; return after how many to come again."""
        self._mark(now)
        before = self.sent, self.resent
        done = self._send_fresh()
        if done and self.collector is not None and now >= max(self._chunk_at, self._sweep_at):
            done = await self._send_backlog(now)
            self._chunk_at = now + (self.resent - before[1]) / self._backlog_per_s
        self._busy_s = BUSY_S if before != (self.sent, self.resent) else min(2 * self._busy_s, IDLE_S)
        if not done:
            return self._busy_s
        if self._sweep is not None and self.collector is not None and self._pace.room(now) > 0:
            return max(0.0, self._chunk_at - now)
        return IDLE_S

    def _send_fresh(self) -> bool:
        """Send what is fresh; False when the connection does not take all of it now."""
        while self._fresh:
            if not self._send(self._fresh[0].data):
                return False
            crash_point.reach("publish.after_publish")
            self._fresh_bytes -= len(self._fresh.popleft().data)
            self.sent += 1
        return True

    async def _send_backlog(self, now: float) -> bool:
        """Send one chunk, or as much as there is room for; False when the connection does not take that now."""
        room = self._pace.room(now)
        if room <= 0:
            return True
        if self._sweep is None:
            # After a pause, what was sent since the last sweep began has had less time than the pause to be stored.
            self._below = self._spool.ends if self._sweep_at == 0.0 else self._ends_before(now - self._resend_s)
            self._sweep, self._swept = self._spool.unsettled(self._below), 0
        sweep = self._sweep
        if not self._chunk:
            chunk = await asyncio.to_thread(_take, sweep)
            if self._sweep is not sweep:
                return True  # begun anew meanwhile
            self._chunk.extend(chunk)
        if not self._chunk:
            self._end_sweep(now)
        while self._chunk and self.collector is not None and room > 0:
            if not self._send(self._chunk[0].data):
                return False
            batch = self._chunk.popleft()
            self._pace.sent(batch.boot, batch.seq, now)
            room -= 1
            self._swept += 1
            self.resent += 1
        return True

    def _end_sweep(self, now: float) -> None:
        self._sweep = None
        if not self._swept:  # all is well: what is lost next waits for the short pause only
            self._pause_s = self._resend_s
        self._sweep_at = now + self._pause_s
        if self._swept:
            self._pause_s = min(2 * self._pause_s, MAX_PAUSE_S)

    def _mark(self, now: float) -> None:
        if not self._marks or now - self._marks[-1][0] >= 1.0:
            self._marks.append((now, self._spool.ends))
        while len(self._marks) > 1 and self._marks[1][0] <= now - self._resend_s:
            self._marks.popleft()

    def _ends_before(self, then: float) -> Mapping[int, int]:
        return self._marks[0][1] if self._marks and self._marks[0][0] <= then else dict.fromkeys(self._spool.ends, 0)


def _take(sweep: Iterator[Spooled]) -> list[Spooled]:
    out: list[Spooled] = []
    size = 0
    while len(out) < CHUNK and size < CHUNK_BYTES and (batch := next(sweep, None)):
        out.append(batch)
        size += len(batch.data)
    return out
