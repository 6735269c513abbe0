"""Dead letters: batches that can never be stored, whole, each with its reason, for people to look at and replay.

One file a batch: a line of JSON, then the record as it came. Bounded by bytes, for each agent too; what does not fit is
counted as dropped.
"""

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from collector.acks import Named
from contract import crash_point, durable
from contract.messages import boot_text
from contract.wire import DamagedError, Record, pack, unpack

log = logging.getLogger(__name__)

MAX_SHARE = 0.5  # of the folder for one agent: what one of them sends may all be bad
BLOCK = 4096  # what a small file takes on disk
COUNT_AGAIN_S = 10.0


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
        for torn in folder.glob("*.dead.new"):
            torn.unlink()
        self._bytes = self._count()  # by agent
        self._counted = time.monotonic()
        self._full: set[str] = set()
        self._replayed: set[str] = set()
        self.counts: Counter[str] = Counter()

    @property
    def size(self) -> int:
        """Bytes that the letters take on disk."""
        return self._bytes.total()

    def add(self, agent: str, record: Record, reason: str) -> bool:
        """Keep a batch; durable on True. False: the folder is full, the batch is to be counted as dropped.

        Raises:
            OSError: the disk did not take it; it must not be acknowledged.
        """
        name = _id(Named(agent, record.boot, record.seq, record.crc))
        path = self._folder / f"{name}.dead"
        head = json.dumps({"agent": agent, "time": time.time_ns() // 1_000_000, "reason": reason})
        data = head.encode() + b"\n" + pack(record.boot, record.seq, record.body)
        with self._lock:
            self._replayed.discard(name)
            if path.exists():
                durable.sync_folder(self._folder)  # the first time it may have failed at just this
                return True
            if full := self._lacks_room(agent, len(data)):
                if agent not in self._full:
                    log.error("%s: further refused batches are dropped; replay or remove some", full)
                self._full.add(agent)
                self.counts["dropped"] += 1
                return False
            try:
                durable.replace(path, data)
                crash_point.reach("letter.after_fsync")
            except OSError:
                self.counts["failed"] += 1
                raise
            self.counts["kept"] += 1
            self._bytes[agent] += _room(len(data))
            self._full.discard(agent)
        log.error("batch %s of %s was refused: %s", name, agent, reason)
        return True

    def replaying(self, letter_id: str) -> None:
        """A letter is tried again. It stays until `stored` names it: its agent has freed it long ago."""
        with self._lock:
            self._replayed.add(letter_id)

    def stored(self, names: Iterable[Named]) -> None:
        """Remove the letters of batches that were replayed and are stored now."""
        with self._lock:
            for letter_id in self._replayed & {_id(name) for name in names} if self._replayed else ():
                self._replayed.discard(letter_id)
                path = self._folder / f"{letter_id}.dead"
                try:
                    size = path.stat().st_size
                    path.unlink()
                except OSError as error:
                    log.warning("%s was stored and cannot be removed: %s", path, error)
                else:
                    self.counts["replayed"] += 1
                    self._bytes[_agent(path)] -= _room(size)

    # Below, the lock is held.

    def _lacks_room(self, agent: str, size: int) -> str:
        """Return what is full, if anything is."""
        why = self._full_for(agent, size)
        if why and time.monotonic() - self._counted >= COUNT_AGAIN_S:
            self._bytes, self._counted = self._count(), time.monotonic()  # a person may have removed some
            why = self._full_for(agent, size)
        return why

    def _full_for(self, agent: str, size: int) -> str:
        if self._bytes.total() + _room(size) > self._max_bytes:
            return f"{self._folder} is full"
        if self._bytes[agent] + _room(size) > self._max_bytes * MAX_SHARE:
            return f"the letters of agent {agent} take half of {self._folder}, the rest is for others"
        return ""

    def _count(self) -> Counter[str]:
        sizes: Counter[str] = Counter()
        for path in self._folder.glob("*.dead"):
            try:
                sizes[_agent(path)] += _room(path.stat().st_size)
            except OSError as error:  # removed just now
                log.debug("%s is not counted: %s", path, error)
        return sizes


def _agent(path: Path) -> str:
    return path.stem.rsplit("-", 3)[0]


def _id(name: Named) -> str:
    return f"{name.agent}-{boot_text(name.boot)}-{name.seq:016x}-{name.crc:08x}"


def _room(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def read_letters(folder: Path, ids: Collection[str] | None = None) -> list[Letter]:
    """Return the dead letters of a folder, all or those of `ids`, oldest first; a file that is none is passed over with
    a line in the log."""
    letters: list[Letter] = []
    for path in folder.glob("*.dead"):
        if ids is not None and path.stem not in ids:
            continue
        try:
            head, _, data = path.read_bytes().partition(b"\n")
            said = json.loads(head)
            letters.append(Letter(path.stem, said["agent"], said["time"], said["reason"], unpack(data)))
        except (OSError, ValueError, KeyError, TypeError, DamagedError) as error:
            log.warning("%s is no dead letter: %s", path, error)
    return sorted(letters, key=lambda letter: (letter.time, letter.id))
