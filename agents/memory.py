"""What is known of ten thousand devices lives long: the garbage collector need not look at it again and again."""

import asyncio
import gc

EVERY_S, TIMES = 10.0, 12
"""In the first minutes of an assignment most of its devices are learned."""

SHORT_LIVED = 10_000
"""Objects that come and go with some tens of polls."""


async def settle(applied: asyncio.Event) -> None:
    """After each assignment set aside what there is, again and again for a while, until cancelled.

    A full collection over all of it would hold the event loop for a third of a second. What is no longer needed is
    freed by its reference count as ever; only a cycle that is garbage at such a moment stays.
    """
    gc.set_threshold(SHORT_LIVED, *gc.get_threshold()[1:])
    while True:
        await applied.wait()
        applied.clear()
        for _ in range(TIMES):
            await asyncio.sleep(EVERY_S)
            gc.collect(1)
            gc.freeze()
