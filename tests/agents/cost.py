"""What it costs to read something, as if the machine had nothing else to do, though others slow it."""

import time
from collections.abc import Callable
from typing import Final

TRIES: Final = 30
"""What others do on the machine slows us, too: the best time is the nearest to the true one."""
REFERENCE_S: Final = 0.00027
"""What `reference_s` takes on the idle machine that the 5 ms are meant for (2 cores, Python 3.11)."""


def reference_s() -> float:
    """The CPU seconds of some work as decoders do it."""
    began = time.process_time()
    found: list[int] = []
    for octet in bytes(range(256)) * 40:
        if octet < 0x80:
            found.append(octet)
        else:
            found.append(octet & 0x7F)
    return time.process_time() - began


def cost_s(read: Callable[[], object], most_s: float) -> float:
    """The CPU seconds of `read`, as they would be on the idle machine; as soon as they are few enough, no more tries
    are made."""
    best = float("inf")
    for _ in range(TRIES):
        slowness = max(1.0, reference_s() / REFERENCE_S)
        began = time.process_time()
        read()
        took = time.process_time() - began
        slowness = min(slowness, max(1.0, reference_s() / REFERENCE_S))
        best = min(best, took / slowness)
        if best < most_s:
            break
    return best
