"""The simulator's local socket: faults on command, and the truth for who asks."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import get_args

from contract.control import Answerer, ControlError
from simulator.clock import Clock

ANSWER_S = 10.0


class Commands:
    """Answers in the thread of the event loop, where the world is."""

    def __init__(self, clock: Clock, now: Callable[[], float]) -> None:
        """`now`: seconds since 1970 UTC, of the wall. Needs a running loop."""
        self._clock, self._now = clock, now
        self._loop = asyncio.get_running_loop()

    def by_name(self) -> dict[str, Answerer]:
        """Return what is answered to which question. Called from any thread but the loop's."""
        return {"state": self._in_loop(self._state)}

    def _in_loop(self, answer: Answerer) -> Answerer:
        async def later(asked: Mapping[str, object]) -> object:
            return answer(asked)

        return lambda asked: asyncio.run_coroutine_threadsafe(later(asked), self._loop).result(ANSWER_S)

    def _state(self, asked: Mapping[str, object]) -> object:
        return {"clock": self._clock._asdict(), "now": self._clock.simulated(self._now())}
