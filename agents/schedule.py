"""When a device is polled: a fixed phase of its own, so that devices spread over the interval and keep their beat."""

import hashlib
import math

GRID_S = 0.1
"""Beats of a second and more begin on this grid: the process wakes up once for all that begin together."""


def share(device: str) -> float:
    """Return a number from 0 to 1 (excluded) that is the device's own, the same in every process."""
    mark = hashlib.blake2b(device.encode(), digest_size=8).digest()
    return int.from_bytes(mark, "big") / 2**64


def phase(device: str, interval_s: float) -> float:
    """Return the device's offset in its interval, 0 <= offset < interval, the same in every process."""
    offset = share(device) * interval_s
    return offset if interval_s < 1.0 else math.floor(offset / GRID_S) * GRID_S


def next_beat(offset: float, interval_s: float, now: float) -> float:
    """Return the first time after `now` at which a device with this offset is due."""
    beats = math.floor((now - offset) / interval_s) + 1
    due = offset + beats * interval_s
    return due if due > now else due + interval_s


def missed(due: float, interval_s: float, now: float) -> int:
    """Return how many beats passed while the poll that was due at `due` went on until `now`."""
    return max(0, math.floor((now - due) / interval_s))
