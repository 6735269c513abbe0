"""How fast a network is asked as a whole: so many packets a second, whoever they are for."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from agents.snmp.pace import Bucket
from agents.snmp.results import Exchange

MAX_PER_SECOND: Final = 10_000


class Turns:
    """A first question waits for its turn; what follows it to a device that is there is made up for by who comes next.

    In any `t` seconds so many packets leave as the bucket holds, `t * per_second`, and one for each device that is
    being asked.
    """

    def __init__(self, per_second: float) -> None:
        self._bucket = Bucket(per_second)

    async def next(self) -> Callable[[Exchange], None]:
        """Wait for a turn, which is good for one packet. What is returned hears of each packet that is sent."""
        if wait := self._bucket.take(time.monotonic()):
            await asyncio.sleep(wait)
        paid = 1

        def sent(_: Exchange) -> None:
            nonlocal paid
            if paid:
                paid -= 1
            else:
                self._bucket.take(time.monotonic())

        return sent
