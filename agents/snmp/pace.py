"""Manners: how many requests one device gets at a time, and how fast they follow one another."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

MAX_IN_FLIGHT: Final = 16
MAX_PER_SECOND: Final = 10_000.0
_BURST_S: Final = 0.1
"""A device that was left in peace gets the requests of so many seconds at once: a poll is mostly no more than that."""


@dataclass(slots=True)
class Bucket:
    """A token bucket. In any `t` seconds it lets at most `burst + t * per_second` requests through. Pure."""

    per_second: float
    burst: float = field(init=False)
    _tokens: float = field(init=False)
    _since: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        """Start full."""
        self.burst = self._tokens = max(1.0, self.per_second * _BURST_S)

    def take(self, now: float) -> float:
        """Take the next token and return how many seconds from `now` it may be used; whoever comes then waits longer.

        `now` is monotonic; when it falls, no time has passed.
        """
        passed = max(0.0, now - self._since)
        self._since = max(self._since, now)
        self._tokens = min(self.burst, self._tokens + passed * self.per_second) - 1.0
        return max(0.0, -self._tokens / self.per_second)


class Pace:
    """At most `in_flight` requests at a time and `per_second` in a second, for one device: `async with` each."""

    __slots__ = ("_bucket", "_places")

    def __init__(self, in_flight: int = 1, per_second: float = 100.0) -> None:
        """Raises ValueError when a limit is out of range."""
        if not (1 <= in_flight <= MAX_IN_FLIGHT and 0 < per_second <= MAX_PER_SECOND):
            raise ValueError(f"in_flight is 1 to {MAX_IN_FLIGHT}, per_second above 0 and at most {MAX_PER_SECOND:g}")
        self._places = asyncio.Semaphore(in_flight)
        self._bucket = Bucket(per_second)

    async def __aenter__(self) -> None:
        """Wait for a place and a token. A token whose request is cancelled while it waits is lost."""
        await self._places.acquire()
        try:
            if wait := self._bucket.take(time.monotonic()):
                await asyncio.sleep(wait)
        except BaseException:
            self._places.release()
            raise

    async def __aexit__(self, *about: object) -> None:
        """Give the place back."""
        self._places.release()
