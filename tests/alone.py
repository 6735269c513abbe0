"""A test that measures the machine has it for itself: beside it no other test of the run is at work.

Tests of several processes keep to it by two locks: who waits to be alone holds the door, so that nobody new begins.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_SH, LOCK_UN, flock
from pathlib import Path


@contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Wait until one may begin, and be at work until the end of the block; `folder` is one for all who take turns."""
    with (folder / "door").open("w") as door, (folder / "room").open("w") as room:
        flock(door, LOCK_EX)
        flock(room, LOCK_EX if alone else LOCK_SH)
        flock(door, LOCK_UN)
        yield
