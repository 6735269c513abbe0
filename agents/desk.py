"""What the agent and the collector settle: acks free the spool, numbers tell what is in it. One after the other.

Numbers that name a collector's state must not be followed by what an ack of a former state frees. The disk may make
both wait, and nothing else waits for them.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from agents import heartbeat
from agents.anchors import Anchors
from agents.host_clock import HostClock
from agents.pollers import Pollers
from agents.publisher import Publisher
from agents.spool import Spool
from contract import crash_point
from contract.messages import Ack

log = logging.getLogger(__name__)

MAX_ACKS = 1000  # that wait for the disk; a lost one costs a resend


class Desk:
    """Lives on the event loop; the disk is touched in a thread."""

    def __init__(
        self,
        spool: Spool,
        publisher: Publisher,
        pollers: Pollers,
        publish: Callable[[bytes], object],
        clock: HostClock,
        anchors: Anchors,
        *,
        interval_s: float,
    ) -> None:
        """`publish` is given each heartbeat; `interval_s` is what it says of itself."""
        self._spool, self._publisher, self._pollers, self._publish = spool, publisher, pollers, publish
        self._clock, self._anchors = clock, anchors
        self._interval_s = interval_s
        self._queue: asyncio.Queue[Ack | None] = asyncio.Queue()
        self._numbers_wait = False
        self._beats = 0
        self._is_whole = True
        self.acks_ignored = 0
        self.acks_put_off = 0
        self.assignment = ""
        """The id of the present one."""

    def __len__(self) -> int:
        return self._queue.qsize()

    def ack(self, ack: Ack) -> None:
        """Take an ack; when too many wait it comes again with the batches that it is about."""
        if len(self) < MAX_ACKS:
            self._queue.put_nowait(ack)
        else:
            self.acks_put_off += 1

    def send_numbers(self) -> None:
        """Say the numbers soon, after the acks that came before."""
        if not self._numbers_wait:
            self._numbers_wait = True
            self._queue.put_nowait(None)

    async def beat(self) -> None:
        """Say the numbers at each interval, for ever."""
        while True:
            await asyncio.sleep(self._interval_s)
            self.send_numbers()

    async def work_off(self) -> None:
        """Free and tell, for ever."""
        while True:
            ack = await self._queue.get()
            if ack is None:
                self._numbers_wait = False
                chosen = await asyncio.to_thread(self._anchors.update)
                self._publish(await self.numbers())
                if chosen:  # what waits for it at the collector
                    self._publisher.sweep_now()
            else:
                await self._free(ack)

    async def numbers(self) -> bytes:
        """Return the next heartbeat."""
        self._beats += 1
        collector = self._publisher.collector  # before the numbers: they may be newer than the state, never older
        made = await asyncio.to_thread(
            heartbeat.numbers,
            self._spool,
            self._beats,
            self._clock,
            self._anchors,
            interval_s=self._interval_s,
            state=collector.state if collector else "",
            assignment=self.assignment,
            devices=len(self._pollers),
        )
        payload, is_whole = await asyncio.to_thread(heartbeat.payload, made)
        if self._is_whole and not is_whole:
            log.error("what is spooled lies in too many pieces to be told: the ledger stands still; see what is held")
        self._is_whole = is_whole
        return payload

    async def _free(self, ack: Ack) -> None:
        collector = self._publisher.collector
        if collector is None or ack.state != collector.state:
            self.acks_ignored += 1  # of books that are not the present ones
            return
        boot = int(ack.boot, 16)
        ignored = await asyncio.to_thread(self._spool.free, boot, ack.stored)
        crash_point.reach("ack.after_free")
        self.acks_ignored += ignored
        self._publisher.answered(ack, time.monotonic(), freed=len(ack.stored) > ignored)
