"""What a file says of our cells, period by period, until its end: a cell's counters may be in several of its blocks."""

from collections.abc import Iterator
from datetime import timezone
from functools import lru_cache

from agents.host_clock import Stamp
from agents.pm import kpi, names, times
from agents.pm.errors import PmError
from agents.pm.kpi import Period
from agents.pm.plan import Plan
from agents.pm.schema import Block
from contract.batch import Batch
from contract.messages import AssignedCell

MAX_VALUES = 1_000_000  # of one file that are kept: about 100 MB
MAX_COUNTERS = 10_000
MAX_OBJECTS = 200_000
MAX_NAMED = 1_000
MAX_AHEAD_MS = 10 * 60 * 1000  # the collector would hold it for ever
MAX_AGE_MS = 29 * 86_400_000  # 30 days at the collector, less what it may wait here


class Gather:
    """One file. Not thread-safe. `unknown` are objects that have counters of cells and are no cell of ours; `names`
    are whole names by cell."""

    def __init__(self, plan: Plan, stamp: Stamp, zone: timezone | None = None, length_s: int | None = None) -> None:
        """`stamp` is now; `zone` that of times that do not say theirs; with `length_s` only such periods are read."""
        self._plan, self._stamp, self._zone, self._length_s = plan, stamp, zone, length_s
        self._named: dict[str, None] = {}  # counters
        self._wants = lru_cache(MAX_COUNTERS)(plan.wants)
        self._prefix = ""
        self._within = "", ""  # the last element, and its whole name
        self._owners: dict[tuple[str, str], tuple[AssignedCell | None, str]] = {}
        self.names: dict[str, str] = {}
        self._said, self._read = ("", ""), (0, 0)  # the last period, as text and as times
        self._at: tuple[int, int] | None = None
        self._kept = 0
        self.found: dict[str, dict[tuple[int, int], Period]] = {}
        self.unknown: dict[str, None] = {}
        self.vendor = self.version = ""
        self.suspect = self.twice = self.of_other_time = self.unknown_objects = 0

    @property
    def counters(self) -> dict[str, bool]:
        """Those that the file names, with whether any table reads them."""
        return {name: self._plan.wants(name) for name in self._named}

    def header(self, vendor: str, prefix: str, version: str) -> None:
        """Take the head of the file."""
        self.vendor, self._prefix, self.version = vendor, prefix, version
        self._within = "", names.plain(prefix)

    def block(self, block: Block) -> frozenset[str]:
        """Take the head of a block.

        Raises:
            PmError: its period cannot be read.
        """
        named = block.types.values()
        if len(self._named) < MAX_COUNTERS:
            self._named |= dict.fromkeys(named)
        wanted = frozenset(filter(self._wants, named))
        self._at = self._period(block) if wanted else None
        return wanted if self._at else frozenset()

    def wants(self, block: Block, name: str) -> bool:
        """Whether an object is a cell of ours.

        Raises:
            PmError: the file has more objects than are known of one.
        """
        found = self._owners.get((block.element, name)) or self._learn(block.element, name)
        return found[0] is not None

    def value(self, block: Block, name: str, values: dict[str, str], *, is_suspect: bool) -> None:
        """Take the wanted counters of one of our cells.

        Raises:
            PmError: the file has more than is kept of one.
        """
        cell, full = self._owners[block.element, name]
        if self._at is None or cell is None:
            return
        if self.names.setdefault(cell.id, full) != full:
            self.twice += 1  # two objects have the key of one cell: their counters are not one another's
            return
        periods = self.found.setdefault(cell.id, {})
        period = periods.get(self._at) or periods.setdefault(self._at, Period(*self._at))
        self._kept += len(values)
        if self._kept > MAX_VALUES:
            raise PmError(f"it has over {MAX_VALUES} values of our cells: let the OSS write smaller files")
        if is_suspect and values:
            self.suspect += len(values)
            period.is_suspect, values = True, dict.fromkeys(values, "")
        period.values = values | period.values if period.values else values

    def batches(self) -> Iterator[Batch]:
        """Yield a batch for each cell of which there are values, by the plan's counters. Its time is that of its newest
        period, and of no clock of ours: what is read again lands where it was."""
        by_id = {cell.id: cell for cell in self._plan.cells.values()}
        for cell, periods in self.found.items():
            technology = by_id[cell].technology
            if tables := kpi.tables(self._plan.recipes[technology], technology, periods.values()):
                newest = max(time for table in tables for time in table.times or ())
                yield Batch(kind="pm", device=cell, time=newest, assignment=self._plan.assignment, tables=tables)

    def _period(self, block: Block) -> tuple[int, int] | None:
        said, stamp = (block.end, block.length), self._stamp
        if said != self._said:
            self._read = times.end_ms(block.end, self._zone), times.length_s(block.length)
            self._said = said  # blocks that follow one another are nearly always of one period
        end, seconds = self._read
        # Who does not know what time it is refuses nobody's: the collector holds what it cannot be.
        if stamp.synced and not stamp.time - MAX_AGE_MS <= end <= stamp.time + MAX_AHEAD_MS:
            self.of_other_time += 1
            return None
        return (end, seconds) if self._length_s in (None, seconds) else None

    def _learn(self, element: str, name: str) -> tuple[AssignedCell | None, str]:
        """Return the cell that an object is, and its whole name."""
        if element != self._within[0]:
            self._within = element, names.joined(self._prefix, element)
        context, own = self._within[1], names.plain(name)
        full = f"{context},{own}" if context and own else context or own
        found = self._owners[element, name] = names.owner(full, self._plan.cells), full
        if found[0] is None:
            self.unknown_objects += 1
            if len(self.unknown) < MAX_NAMED:
                self.unknown[full] = None
        if len(self._owners) > MAX_OBJECTS:
            raise PmError(f"it has over {MAX_OBJECTS} objects")
        return found
