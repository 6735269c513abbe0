"""Sends batches: each once as it is made, and again as long as the collector has not said that it is stored.

Fresh batches go first. The backlog is walked oldest first at a bounded rate, from the disk, when the connection
or the collector is new, when its store becomes ready, and after `resend_s` doubling to ten minutes; never while no
collector is present.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator

from agents.spool import Spool, Spooled
from contract.messages import CollectorAlive

log = logging.getLogger(__name__)

MAX_FRESH = 5_000
MAX_PAUSE_S = 600.0
IDLE_S = 0.25
CHUNK = 100


class Publisher:
    """Lives on the event loop."""

    def __init__(self, spool: Spool, send: Callable[[bytes], bool], *, resend_s: float, backlog_per_s: int) -> None:
        """`send` hands a record to the broker's connection; False: not now."""
        self._spool, self._send = spool, send
        self._resend_s, self._backlog_per_s = resend_s, backlog_per_s
        self._fresh: deque[Spooled] = deque(maxlen=MAX_FRESH)  # what falls out is on disk, and goes with the backlog
        self._sweep: Iterator[Spooled] | None = None
        self._sweep_at = 0.0
        self._pause_s = resend_s
        self._marks: deque[tuple[float, int]] = deque()
        self._wake = asyncio.Event()
        self.collector: CollectorAlive | None = None
        self.sent = 0
        self.resent = 0

    def fresh(self, batches: list[Spooled]) -> None:
        """Take what has just become durable."""
        self._fresh.extend(batches)
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

    def progressed(self) -> None:
        """An acknowledgement freed something: begin with the short pause again."""
        self._pause_s = self._resend_s

    def sweep_now(self) -> None:
        """Begin the backlog from its oldest batch."""
        self._sweep = None
        self._sweep_at = 0.0
        self._pause_s = self._resend_s
        self._wake.set()

    async def run(self) -> None:
        """Send for ever."""
        while True:
            self._mark(time.monotonic())
            sent = self._send_fresh()
            if not self._fresh:
                sent += await self._send_backlog(CHUNK)
            if sent:
                # The rate of the backlog is bounded by the pause after each chunk; fresh batches wake us at once.
                await asyncio.sleep(0 if self._sweep is None else CHUNK / self._backlog_per_s)
                continue
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), 0.02 if self._fresh else IDLE_S)
            except TimeoutError:
                continue

    def _send_fresh(self) -> int:
        count = 0
        while self._fresh and count < CHUNK and self._send(self._fresh[0].data):
            self._fresh.popleft()
            count += 1
        self.sent += count
        return count

    async def _send_backlog(self, most: int) -> int:
        now = time.monotonic()
        if self.collector is None or now < self._sweep_at:
            return 0
        if self._sweep is None:
            # After a pause, what was sent since the last sweep began has had less time than the pause to be stored.
            below = self._spool.next_seq if self._sweep_at == 0.0 else self._seq_before(now - self._resend_s)
            self._sweep = self._spool.unsettled(below)
        sweep = self._sweep
        try:
            chunk = await asyncio.to_thread(_take, sweep, most)
        except OSError as error:
            log.error("the backlog cannot be read: %s; it is tried again", error)
            self._end_sweep(now)
            return 0
        for batch in chunk:
            while not self._send(batch.data):
                await asyncio.sleep(0.02)
                self._send_fresh()
                if self._sweep is not sweep or self.collector is None:
                    return 0
            self.resent += 1
        if len(chunk) < most and self._sweep is sweep:
            self._end_sweep(now)
        return len(chunk)

    def _end_sweep(self, now: float) -> None:
        self._sweep = None
        self._sweep_at = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, MAX_PAUSE_S)

    def _mark(self, now: float) -> None:
        if not self._marks or now - self._marks[-1][0] >= 1.0:
            self._marks.append((now, self._spool.next_seq))
        while len(self._marks) > 1 and self._marks[1][0] <= now - self._resend_s:
            self._marks.popleft()

    def _seq_before(self, then: float) -> int:
        return self._marks[0][1] if self._marks and self._marks[0][0] <= then else 0


def _take(sweep: Iterator[Spooled], most: int) -> list[Spooled]:
    out: list[Spooled] = []
    for batch in sweep:
        out.append(batch)
        if len(out) == most:
            break
    return out
