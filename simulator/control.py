"""The simulator's local socket: faults on command, and the truth for who asks. See `mangrove sim`."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict
from math import isfinite
from typing import get_args

from contract.control import Answerer, ControlError
from simulator.clock import Clock
from simulator.model.change import Change
from simulator.model.faults import Fault, Kind
from simulator.model.world import World

ANSWER_S = 10.0
MOST_S = 365 * 86_400.0


class Commands:
    """Its answers are given in the thread of the event loop, where the world lives."""

    def __init__(self, world: World, clock: Clock, now: Callable[[], float], tell: Callable[[list[Change]], None]) -> None:
        """`now`: seconds since 1970 UTC, of the wall; `tell` gets what a command has brought about. Needs a running
        loop."""
        self._world, self._clock, self._now, self._tell = world, clock, now, tell
        self._loop = asyncio.get_running_loop()

    def by_name(self) -> dict[str, Answerer]:
        """Return what is answered to which question. Called from any thread but the loop's."""
        answers = {"break": self._break, "mend": self._mend, "state": self._state}
        return {name: self._in_loop(answer) for name, answer in answers.items()}

    def _in_loop(self, answer: Answerer) -> Answerer:
        async def later(asked: Mapping[str, object]) -> object:
            return answer(asked)

        return lambda asked: asyncio.run_coroutine_threadsafe(later(asked), self._loop).result(ANSWER_S)
