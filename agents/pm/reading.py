"""Performance files of a drop folder: each becomes batches once, whole ones only, and is put away.

The order is what makes a crash safe: a file's batches are durable in the spool, then its digest is in the journal, then
it is moved. One that is read again in between gives the same points, for its times are those of its periods.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.host_clock import HostClock
from agents.pm.config import PmConfig
from agents.pm.drop import Drop, Mark
from agents.pm.errors import PmError
from agents.pm.journal import Journal
from agents.pm.plan import Plan
from agents.pm.read import Read, StoppedError, Terms, read
from agents.pm.unpack import ChangedError
from contract import crash_point
from contract.printable import printable

log = logging.getLogger(__name__)

GROUP = 500  # batches that wait for the disk at once
RETRY_S = 5.0
NAMED = 10  # unknown objects in a line of the log
MAX_SAID = 10_000

Keep = Callable[[Sequence[bytes]], Awaitable[bool]]  # make bodies durable; False: not all of them


@dataclass(slots=True)
class PmCounts:
    """What became of performance files, since the start."""

    files: int = 0
    again: int = 0
    files_refused: int = 0
    cells: int = 0
    unknown_objects: int = 0
    suspect: int = 0
    of_other_time: int = 0
    twice: int = 0
    left_out: int = 0
    bugs: int = 0


class PmFiles:
    """Lives on the event loop; files are read in a thread, one at a time."""

    def __init__(self, config: PmConfig | None, data: Path, keep: Keep, clock: HostClock) -> None:
        self._config, self._data, self._keep, self._clock = config, data, keep, clock
        self._plan = Plan("")
        self._stop = threading.Event()
        self._broken: dict[str, tuple[Mark, float, str]] = {}  # since when, and why
        self._said: set[str] = set()
        self.waiting = 0
        """Files that are not whole yet, or cannot be read so far."""
        self.counts = PmCounts()

    def apply(self, plan: Plan) -> None:
        """Read what the plan says. Without any cell no file is touched: the assignment may not be there yet."""
        for trouble in plan.troubles:
            log.error("%s", trouble)
        if plan.cells and self._config is None:
            log.error("no performance file is read: this agent's file names no folder of theirs (`pm.folder`)")
        self._plan = plan

    def stop(self) -> None:
        """Begin no other file, and end the one at hand."""
        self._stop.set()

    async def run(self) -> None:
        """Read what comes, for ever."""
        if self._config is None:
            await asyncio.Event().wait()
            return
        config = self._config
        drop = Drop(config.folder, config.names, config.settle_s, move=config.move)
        journal = await asyncio.to_thread(Journal, self._data / "pm.journal")
        while not self._stop.is_set():
            try:
                if self._plan.cells:
                    await self._look(config, drop, journal)
            except Exception:
                self.counts.bugs += 1
                log.exception("a bug: the folder of performance files is looked at again")
            await asyncio.sleep(config.every_s)

    async def _look(self, config: PmConfig, drop: Drop, journal: Journal) -> None:
        found = await asyncio.to_thread(drop.settled, time.monotonic())
        new = []
        for mark in found:
            if (digest := journal.of(mark)) is None:
                new.append(mark)
            elif digest:  # a process has ended before it was moved
                await asyncio.to_thread(drop.done, mark, digest)
        self.waiting = len(drop.present) - len(found) + len(new)
        for mark in new:
            if self._stop.is_set():
                return
            try:
                self.waiting -= await self._file(config, drop, journal, mark)
            except Exception as error:
                self.counts.bugs += 1
                log.exception("a bug: the performance file %a is passed over", mark.name)
                await self._refuse(drop, journal, mark, f"a bug of ours: {error!r}"[:200])
        self._broken = {name: one for name, one in self._broken.items() if name in drop.present}
        try:
            await asyncio.to_thread(journal.keep, drop.present)
        except OSError as error:
            log.error("the journal of performance files cannot be written: %s", error)
        await asyncio.to_thread(drop.trim, config.done_files, config.done_days * 86_400, self._clock.now().time / 1000)

    async def _file(self, config: PmConfig, drop: Drop, journal: Journal, mark: Mark) -> bool:
        """Return whether the file is done with."""
        broken = self._broken.get(mark.name)
        now_s = time.monotonic()
        is_last = broken is not None and broken[0] == mark and now_s - broken[1] >= config.refuse_s
        if broken is not None and broken[0] == mark and not is_last:
            return False  # what stands still has not become whole
        terms = Terms(int(config.largest_mib * 2**20), config.utc_offset, config.period_s)
        try:
            found = await asyncio.to_thread(
                read, drop.path(mark), mark, self._plan, self._clock.now(), terms, self._stop
            )
        except (ChangedError, StoppedError):
            return False
        except (PmError, OSError) as error:
            if not is_last:
                self._broken[mark.name] = mark, now_s, str(error)
                return False
            await self._refuse(drop, journal, mark, printable(str(error)))
            return True
        self._broken.pop(mark.name, None)
        if found.digest in journal:
            self.counts.again += 1
        elif not await self._take(mark, found):
            await asyncio.sleep(RETRY_S)  # the disk takes nothing now: it is read again
            return False
        crash_point.reach("pm.after_durable")
        await self._note(journal, mark, found.digest)
        crash_point.reach("pm.after_note")
        await asyncio.to_thread(drop.done, mark, found.digest)
        return True

    async def _take(self, mark: Mark, found: Read) -> bool:
        """Make durable what a file gave; return whether all of it is."""
        for first in range(0, len(found.bodies), GROUP):
            if not await self._keep(found.bodies[first : first + GROUP]):
                return False
        gathered, counts = found.gathered, self.counts
        counts.files += 1
        counts.cells += len(found.bodies)
        counts.unknown_objects += gathered.unknown_objects
        counts.suspect += gathered.suspect
        counts.of_other_time += gathered.of_other_time
        counts.twice += gathered.twice
        counts.left_out += found.rows_left_out
        new = [name for name in gathered.unknown if name not in self._said]
        if new and len(self._said) < MAX_SAID:
            self._said.update(new[: MAX_SAID - len(self._said)])
            shown = "; ".join(printable(name[:100]) for name in new[:NAMED])
            log.warning("%s: %d objects are no cell of this agent, such as %s", printable(mark.name), len(new), shown)
        if gathered.of_other_time:
            log.warning("%s has periods that are over or far ahead: %d", printable(mark.name), gathered.of_other_time)
        if gathered.twice:
            log.error("%s: two objects have the key of one cell, the first one counts", printable(mark.name))
        return True

    async def _refuse(self, drop: Drop, journal: Journal, mark: Mark, reason: str) -> None:
        self.counts.files_refused += 1
        self._broken.pop(mark.name, None)
        log.error("the performance file %s is refused: %s", printable(mark.name), reason)
        if not await asyncio.to_thread(drop.refuse, mark, reason):
            await self._note(journal, mark, b"")  # it stays there, and is not tried again

    async def _note(self, journal: Journal, mark: Mark, digest: bytes) -> None:
        try:
            await asyncio.to_thread(journal.note, mark, digest)
        except OSError as error:
            log.error(
                "the journal of performance files cannot be written: %s; after a restart %a is read again if it "
                "is still there",
                error,
                mark.name,
            )
