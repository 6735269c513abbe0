"""Group commit: bodies wait a few milliseconds for company, go to the spool in one fsync, and then to the publisher.

The only place where a batch waits in memory alone. The wait is bounded; what the disk cannot take within the bound is
counted as unspooled, oldest first, and was never given a number. Each lane of the spool has a committer of its own, so
that no storm of alarms takes the polls' place here.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress

from agents.holdings import Spooled
from agents.losses import RESERVE
from agents.spool import Spool
from contract.durable import is_full

log = logging.getLogger(__name__)

MAX_WAITING = 20_000
MAX_WAITING_BYTES = 16 << 20
RETRY_S = 1.0
GROUP = 4_000
GROUP_BYTES = 1 << 20  # so that a group fits a segment, and a small budget drops old batches and not the new ones


class NotSpooledError(Exception):
    """A body that the disk could not take within the bound, or before the end."""


class Committer:
    """Lives on the event loop; the disk is touched in a thread."""

    def __init__(
        self, spool: Spool, on_durable: Callable[[list[Spooled]], None], *, wait_ms: int, alarms: bool = False
    ) -> None:
        self._spool, self._on_durable, self._wait_s, self._alarms = spool, on_durable, wait_ms / 1000, alarms
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._wake = asyncio.Event()
        self._enough = asyncio.Event()
        self._promised: dict[int, asyncio.Future[None]] = {}
        self._failing = False
        self._stopped = False
        self._stopping = asyncio.Event()
        self._ended = False
        self.unspooled = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def failing(self) -> bool:
        """Whether the disk takes nothing now."""
        return self._failing

    def put(self, body: bytes) -> None:
        """Take a body; it is on disk soon."""
        self._waiting.append(body)
        self._bytes += len(body)
        if len(self._waiting) >= GROUP or self._bytes >= GROUP_BYTES:
            self._keep_bound()
            self._enough.set()
        if not self._wake.is_set():
            self._wake.set()

    def put_durably(self, body: bytes) -> "asyncio.Future[None]":
        """As `put`. The future ends when the body is on disk, and with NotSpooledError when it is let go instead."""
        promised = asyncio.get_running_loop().create_future()
        if self._ended:
            promised.set_exception(NotSpooledError)
            return promised
        own = bytes(memoryview(body))  # no other body is this object, as long as it waits
        self._promised[id(own)] = promised
        self.put(own)
        return promised

    async def run(self) -> None:
        """Commit until `stop`, and then once more what waits."""
        while not self._stopped:
            await self._wake.wait()
            await _within(self._wait_s, self._enough)
            self._wake.clear()
            self._enough.clear()
            while self._waiting and await self._commit():
                pass
            if self._waiting and not self._stopped:
                self._wake.set()
                await _within(RETRY_S, self._stopping)
        while self._waiting and await self._commit():
            pass
        if self._waiting:
            log.error("%d batches could not be written before the end", len(self._waiting))
            self.unspooled += len(self._waiting)
        self._ended = True
        self._settle(self._waiting, NotSpooledError)

    def stop(self) -> None:
        """Let `run` end after one more commit."""
        self._stopped = True
        self._wake.set()
        self._enough.set()
        self._stopping.set()

    def _keep_bound(self) -> None:
        while len(self._waiting) > MAX_WAITING or self._bytes > MAX_WAITING_BYTES:
            body = self._waiting.pop(0)
            self._bytes -= len(body)
            self.unspooled += 1
            self._settle((body,), NotSpooledError)

    async def _commit(self) -> bool:
        group = self._take()
        writing = asyncio.create_task(asyncio.to_thread(self._write, group))
        await asyncio.wait([writing])
        try:
            self._succeeded(writing.result())
            self._settle(group, None)
        except OSError as error:
            self._give_back(group)
            self._report(error)
        return not self._failing

    def _write(self, group: list[bytes]) -> list[Spooled]:
        durable = self._commit_in_room(group)
        try:
            self._spool.keep_within_limits()
        except OSError as error:  # what is committed stays so: to commit it again would make every batch a second one
            log.error("the spool is over its limits and nothing can be dropped: %s", error)
        return durable

    def _commit_in_room(self, group: list[bytes]) -> list[Spooled]:
        """Commit; where there is no room, the oldest batches make some, but on a disk that others fill not for ever."""
        room = 2 * sum(map(len, group)) + RESERVE
        while True:
            try:
                return self._spool.commit(group, alarms=self._alarms)
            except OSError as error:
                if not is_full(error) or room <= 0 or not (freed := self._spool.drop_oldest()):
                    raise
                room -= freed

    def _take(self) -> list[bytes]:
        group = self._waiting[:GROUP]
        size = sum(map(len, group))
        while size > GROUP_BYTES and len(group) > 1:
            size -= len(group.pop())
        del self._waiting[: len(group)]
        self._bytes -= size
        return group

    def _give_back(self, group: list[bytes]) -> None:
        self._waiting[:0] = group
        self._bytes += sum(map(len, group))
        self._keep_bound()

    def _succeeded(self, durable: list[Spooled]) -> None:
        if self._failing:
            log.warning("the spool can be written again")
        self._failing = False
        self._on_durable(durable)

    def _settle(self, bodies: Iterable[bytes], error: type[NotSpooledError] | None) -> None:
        """Keep what was promised of these bodies, or break it with an error."""
        if not self._promised:
            return
        for body in bodies:
            promised = self._promised.pop(id(body), None)
            if promised is None or promised.done():  # nobody waits any more
                continue
            if error is None:
                promised.set_result(None)
            else:
                promised.set_exception(error)

    def _report(self, error: OSError) -> None:
        if not self._failing:
            log.error("the spool cannot be written: %s; batches wait in memory, free or mend the disk", error)
        self._failing = True


async def _within(seconds: float, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
