"""Guards around what only one may use: a store that is used from one thread, a data folder that one process has."""

import fcntl
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from collector.store import Answer, Point, Row, Store


class OneAtATime:
    """A store whose calls wait for each other: the storer writes in its thread, others ask in theirs."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, threading.Lock()
        self.horizon_s, self.linger_s = store.horizon_s, store.linger_s

    def write(self, points: Sequence[Point]) -> Answer:
        """As `Store.write`."""
        with self._lock:
            return self._store.write(points)

    def incarnation(self) -> str | None:
        """As `Store.incarnation`."""
        with self._lock:
            return self._store.incarnation()

    def query(self, text: str) -> list[Row]:
        """As `Store.query`."""
        with self._lock:
            return self._store.query(text)

    def close(self) -> None:
        """As `Store.close`."""
        with self._lock:
            self._store.close()


def lock_folder(folder: Path) -> int:
    """Keep a data folder for this process until it ends; returns the lock's descriptor. Two collectors on one state
    would each overwrite what the other has counted.

    Raises:
        OSError: another process has it, or it cannot be used.
    """
    guard = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(guard)
        if isinstance(error, BlockingIOError):
            raise OSError(f"{folder} is in use by another collector: give each one a data folder of its own") from error
        raise
    return guard
