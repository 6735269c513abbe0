"""Dead letters: batches that can never be stored, whole, each with its reason, for people to look at and replay.

One file a batch: a line of JSON, then the record as it came. Bounded by bytes; what does not fit is counted as dropped.
"""

import json
import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from contract import durable
from contract.messages import boot_text
from contract.wire import DamagedError, Record, pack, unpack

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. `time` is when it was refused, ms since 1970."""

    id: str
    agent: str
    time: int
    reason: str
    record: Record


class DeadLetters:
    """The folder. Thread-safe."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Open the folder.

        Raises:
            OSError: it cannot be used.
        """
        self._folder, self._max_bytes = folder, max_bytes
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._bytes = sum(path.stat().st_size for path in folder.glob("*.dead"))
        self._full = False

    def add(self, agent: str, record: Record, reason: str) -> bool:
        """Keep a batch; durable on True. False: the folder is full, the batch is to be counted as dropped.

        Raises:
            OSError: the disk did not take it; it must not be acknowledged.
        """
        name = f"{agent}-{boot_text(record.boot)}-{record.seq:016x}-{record.crc:08x}"
        path = self._folder / f"{name}.dead"
        head = json.dumps({"agent": agent, "time": time.time_ns() // 1_000_000, "reason": reason})
        data = head.encode() + b"\n" + pack(record.boot, record.seq, record.body)
        with self._lock:
            if path.exists():
                return True
            if self._bytes + len(data) > self._max_bytes:
                if not self._full:
                    log.error("%s is full: further refused batches are dropped; replay or remove some", self._folder)
                self._full = True
                return False
            durable.replace(path, data)
            self._bytes += len(data)
        log.error("batch %s of %s was refused: %s", name, agent, reason)
        return True

    def remove(self, letter_id: str) -> None:
        """Remove a letter that was replayed."""
        path = self._folder / f"{letter_id}.dead"
        with self._lock:
            if path.exists():
                self._bytes -= path.stat().st_size
                path.unlink()
            self._full = False


def read_letters(folder: Path) -> list[Letter]:
    """Return all dead letters of a folder, oldest first; a file that is none is passed over with a line in the log."""
    letters: list[Letter] = []
    for path in folder.glob("*.dead"):
        try:
            head, _, data = path.read_bytes().partition(b"\n")
            said = json.loads(head)
            letters.append(Letter(path.stem, said["agent"], said["time"], said["reason"], unpack(data)))
        except (OSError, ValueError, KeyError, TypeError, DamagedError) as error:
            log.warning("%s is no dead letter: %s", path, error)
    return sorted(letters, key=lambda letter: (letter.time, letter.id))
