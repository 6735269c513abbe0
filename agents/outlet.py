"""Where batches leave for the spool: encoded, in as many records as they need."""

import asyncio
from collections.abc import Sequence

from agents import batch_limits
from agents.committer import Committer
from contract.batch import Batch, compressor


class Outlet:
    """Lives on the event loop."""

    def __init__(self, polls: Committer, alarms: Committer) -> None:
        """What devices tell by themselves goes to `alarms`, all the rest to `polls`."""
        self._polls, self._alarms = polls, alarms
        self._packing = compressor()
        self.rows_left_out = 0

    def put(self, batch: Batch) -> None:
        """Take a batch; it is on disk soon."""
        self.rows_left_out += batch_limits.put_within(batch, self._of(batch).put, self._packing)

    def put_durably(self, batch: Batch) -> "asyncio.Future[None]":
        """As `put`. The future ends as that of `Committer.put_durably`, when the last of its records is on disk."""
        promised: list[asyncio.Future[None]] = []
        committer = self._of(batch)
        self.rows_left_out += batch_limits.put_within(
            batch, lambda body: promised.append(committer.put_durably(body)), self._packing
        )
        return promised[-1]

    async def keep(self, bodies: Sequence[bytes]) -> bool:
        """Put what is encoded already, and no alarm, and wait for the disk. Returns whether it has all of it."""
        promised = [self._polls.put_durably(body) for body in bodies]
        ended = await asyncio.gather(*promised, return_exceptions=True)
        return not any(isinstance(one, BaseException) for one in ended)

    def _of(self, batch: Batch) -> Committer:
        return self._alarms if batch.kind == "trap" else self._polls
