"""From a connection's thread to the event loop."""

import asyncio
from collections.abc import Callable


def hand_over(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *args: object) -> None:
    """Let the loop call; while the process ends, the loop may be closed already, and nothing is called."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, *args)
