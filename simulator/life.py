"""The world going on by the clock: what is due comes to pass and is told, and so is what commands bring about."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from math import inf

from simulator.clock import Clock
from simulator.model.change import Change
from simulator.model.world import World


class Life:
    """Used in one event loop."""

    def __init__(self, world: World, clock: Clock, now: Callable[[], float], tell: Callable[[Change], None]) -> None:
        """`now` gives seconds since 1970 UTC of the wall, and never goes back."""
        self.world, self.clock = world, clock
        self._now, self._tell = now, tell
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Go on for ever."""
        while True:
            self._woken.clear()
            self.go_on()
            at = self.world.next_at
            with suppress(TimeoutError):
                async with asyncio.timeout(None if at == inf else max(0.0, self.clock.wall(at) - self._now())):
                    await self._woken.wait()

    def go_on(self) -> float:
        """Let what is due come to pass, and return the simulated time."""
        now = self.clock.simulated(self._now())
        self._all(self.world.advance(now))
        return now

    def command(self, act: Callable[[float], Iterable[Change]]) -> list[Change]:
        """Do something to the world now; return what it has brought about."""
        changes = list(act(self.go_on()))
        self._all(changes)
        self._woken.set()
        return changes

    def _all(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self._tell(change)
