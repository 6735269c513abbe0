"""What is known of ten thousand devices lives long: the garbage collector need not look at it again and again."""

import asyncio
import gc

SETTLED_S = 90.0
"""After an assignment was applied, most devices have been learned by then."""


async def settle(applied: asyncio.Event) -> None:
    """After each assignment set aside what there is by then, until cancelled.

    A full collection over all of it would hold the event loop for a third of a second. What is no longer needed is
    freed by its reference count as ever; only a cycle that is garbage at that very moment stays.
    """
    while True:
        await applied.wait()
        applied.clear()
        await asyncio.sleep(SETTLED_S)
        gc.freeze()
