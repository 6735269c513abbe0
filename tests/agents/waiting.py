"""Waiting for a condition, with a bound."""

import asyncio
from collections.abc import Callable

WITHIN_S = 15.0


async def until(condition: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    """Return when the condition holds. Raises TimeoutError when it does not in time."""
    never = asyncio.Event()
    async with asyncio.timeout(within_s):
        while not condition():
            try:
                await asyncio.wait_for(never.wait(), 0.005)
            except TimeoutError:
                continue
