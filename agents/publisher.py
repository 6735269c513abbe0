"""Sends batches: each once as it is made, and again as long as the collector has not said that it is stored.

Fresh batches go first. The backlog is walked oldest first at a bounded rate, from the disk, when the connection
or the collector is new, when its store becomes ready, and after `resend_s` doubling to ten minutes; never while no
collector is present. Only two chunks of it are on their way before the collector has seen the first: what is queued
there, or at the broker, would make the fresh ones late.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from agents.holdings import Spooled
from agents.spool import Spool
from contract import crash_point
from contract.messages import Acked, CollectorAlive

MAX_FRESH = 5_000
MAX_FRESH_BYTES = 16 << 20
MAX_PAUSE_S = 600.0
IDLE_S = 0.25
BUSY_S = 0.02  # until the connection is asked again whether it takes more
CHUNK = 100
CHUNK_BYTES = 1 << 20
PATIENCE_S = 2.0  # with a collector that says nothing of the backlog: it may be held, or lost
SILENCE_S = 15.0  # with one that says nothing at all: it hangs, and all would be queued for it


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
        self._unseen: dict[tuple[int, int], int] = {}  # bytes, by boot and number, of what the sweep has sent last
        self._unseen_at = 0.0
        self._heard = False  # whether the collector has seen anything since
        self._swept = 0  # how many batches the sweep has sent
        self._below = 0  # of this boot, the sweep sends only lower numbers
        self._pause_s = resend_s
        self._marks: deque[tuple[float, int]] = deque()
        self._wake = asyncio.Event()
        self.collector: CollectorAlive | None = None
        self.sent = 0
        self.resent = 0

    def fresh(self, batches: list[Spooled]) -> None:
        """Take what has just become durable. What is too much to keep is on disk, and goes with the backlog."""
        self._fresh.extend(batches)
        self._fresh_bytes += sum(len(batch.data) for batch in batches)
        while len(self._fresh) > MAX_FRESH or self._fresh_bytes > MAX_FRESH_BYTES:
            self._fresh_bytes -= len(self._fresh.popleft().data)
        self._wake.set()

    def collector_is(self, alive: CollectorAlive) -> None:
        """Take the collector's presence: a new one, or a store that became ready, gets the backlog at once."""
        before, self.collector = self.collector, alive if alive.online else None
        if self.collector is None:
            return
        new = before is None or before.boot != alive.boot or before.state != alive.state
        ready = alive.store == "ready" and (before is None or before.store != "ready")
        if new or ready:
            self.sweep_now()

    def connected(self) -> None:
        """The connection is new: the collector may be another, and what was in flight may be lost."""
        self.collector = None
        self.sweep_now()

    def progressed(self, boot: int, stored: Sequence[Acked]) -> None:
        """An acknowledgement freed something: if it was of the backlog, begin with the short pause again."""
        if boot != self._spool.boot or any(first < self._below for first, _, _ in stored):
            self._pause_s = self._resend_s

    def seen(self, boot: int, ranges: Sequence[tuple[int, int]]) -> None:
        """The collector has seen batches: more of the backlog may follow."""
        waits, self._heard = self._is_ahead(), True
        for first, last in ranges if self._unseen else ():
            for key in [(of, seq) for of, seq in self._unseen if of == boot and first <= seq <= last]:
                del self._unseen[key]
        if waits:
            self._wake.set()

    def sweep_now(self) -> None:
        """Begin the backlog from its oldest batch."""
        self._sweep = None
        self._chunk.clear()
        self._unseen.clear()
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
        if done and self.collector is not None and now >= max(self._chunk_at, self._sweep_at, self._seen_at()):
            done = await self._send_backlog(now)
            self._unseen_at, self._heard = now, False
            self._chunk_at = now + (self.resent - before[1]) / self._backlog_per_s
        self._busy_s = BUSY_S if before != (self.sent, self.resent) else min(2 * self._busy_s, IDLE_S)
        if not done:
            return self._busy_s
        if self._sweep is not None and self.collector is not None:
            return max(0.0, max(self._chunk_at, self._seen_at()) - now)
        return IDLE_S

    def _seen_at(self) -> float:
        """Return when the next chunk may go, as far as what is on its way tells: at once, or when it is given up."""
        patience = PATIENCE_S if self._heard else SILENCE_S
        return self._unseen_at + patience if self._is_ahead() else 0.0

    def _is_ahead(self) -> bool:
        return len(self._unseen) > CHUNK or sum(self._unseen.values()) > CHUNK_BYTES

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
        """Send one chunk; False when the connection does not take all of it now."""
        if self._sweep is None:
            # After a pause, what was sent since the last sweep began has had less time than the pause to be stored.
            self._below = self._spool.next_seq if self._sweep_at == 0.0 else self._seq_before(now - self._resend_s)
            self._sweep, self._swept = self._spool.unsettled(self._below), 0
        sweep = self._sweep
        if self._is_ahead():
            self._unseen.clear()
        if not self._chunk:
            chunk = await asyncio.to_thread(_take, sweep)
            if self._sweep is not sweep:
                return True  # begun anew meanwhile
            self._chunk.extend(chunk)
        if not self._chunk:
            self._end_sweep(now)
        while self._chunk and self.collector is not None:
            if not self._send(self._chunk[0].data):
                return False
            one = self._chunk.popleft()
            self._unseen[one.boot, one.seq] = len(one.data)
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
            self._marks.append((now, self._spool.next_seq))
        while len(self._marks) > 1 and self._marks[1][0] <= now - self._resend_s:
            self._marks.popleft()

    def _seq_before(self, then: float) -> int:
        return self._marks[0][1] if self._marks and self._marks[0][0] <= then else 0


def _take(sweep: Iterator[Spooled]) -> list[Spooled]:
    out: list[Spooled] = []
    size = 0
    while len(out) < CHUNK and size < CHUNK_BYTES and (batch := next(sweep, None)):
        out.append(batch)
        size += len(batch.data)
    return out
