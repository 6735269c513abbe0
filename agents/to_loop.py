"""From a connection's thread to the event loop."""

import asyncio
from collections.abc import Callable
from contextlib import suppress


def hand_over(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *args: object) -> None:
    """Let the loop call; while the process ends, the loop may be closed already, and nothing is called."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(call, *args)
