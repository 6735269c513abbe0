"""An operator's OSS: for each agent a folder, in which it leaves a file of counters after each period.

It writes as such systems do: slowly, under the last name, without asking whether anybody reads. What cannot be reached
when a period ends is not in that period's file, and in no later one.
"""

import asyncio
import gzip
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from contract.inventory import Cell, Inventory
from simulator.model.change import Change
from simulator.pm import document
from simulator.pm.counters import Counters, counters
from simulator.snmp.week import TICKS, Week

log = logging.getLogger(__name__)
PERIOD_S = 900.0  # as operators have it
KEPT = 20  # files in a folder: older ones are deleted, read or not
_HALF_S = 0.3  # for which a file is half written


class Oss:
    """`heard` says whether a cell is reached now; periods follow the wall clock, as all that the product is told."""

    def __init__(
        self,
        inventory: Inventory,
        heard: Callable[[str], bool],
        week: Week,
        folders: Mapping[str, Path],
        *,
        period_s: float,
        seed: int,
    ) -> None:
        self._heard, self._week, self._folders = heard, week, folders
        self._period_s, self._seed = period_s, seed
        cells = sorted(inventory.cells, key=lambda cell: cell.site)
        self._cells = {agent: [cell for cell in cells if cell.agent == agent] for agent in folders}
        self._since: dict[str, float] = {}
        self._away: dict[str, float] = {}
        self._began = 0.0

    async def run(self, now: Callable[[], float]) -> None:
        """Write for ever. `now` gives seconds since 1970 UTC and never goes back."""
        self._began = now() // self._period_s * self._period_s
        while True:
            end = self._began + self._period_s
            await asyncio.sleep(max(0.0, end - now()))
            files = self.files(self._began, end)
            self._began = end
            for agent, text in files.items():
                name = document.name(agent, end - self._period_s, end)
                await asyncio.to_thread(_write, self._folders[agent], name, text)

    def take(self, change: Change, now: float) -> None:
        """Count for how long cells are away."""
        self._since |= dict.fromkeys(change.down, now)
        for name in change.up:
            if (since := self._since.pop(name, None)) is not None:
                self._away[name] = self._away.get(name, 0.0) + now - max(since, self._began)

    def files(self, start: float, end: float) -> dict[str, str]:
        """Return the text of each agent's file of a period, once: then it counts anew."""
        away, self._away = self._away, {}
        ticks = int(start * TICKS), int(end * TICKS)
        busy = (self._week.passed(ticks[1]) - self._week.passed(ticks[0])) / (ticks[1] - ticks[0])

        def measured(cell: Cell) -> Counters:
            random = Random(f"{self._seed}/{cell.id}/{start}")
            return counters(cell, busy, self._period_s, min(away.get(cell.id, 0.0), self._period_s), random)

        files = {}
        for agent, cells in self._cells.items():
            values = {cell.id: measured(cell) for cell in cells if self._heard(cell.id)}
            files[agent] = document.document(agent, start, end, cells, values)
        return files


def _write(folder: Path, name: str, text: str) -> None:
    """Leave a file, half of it first; a folder that cannot be written costs that file."""
    data = gzip.compress(text.encode())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(folder.glob("*.xml.gz"))[: -KEPT + 1]:
            old.unlink(missing_ok=True)
        with (folder / f"{name}.gz").open("wb") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            time.sleep(_HALF_S)
            file.write(data[len(data) // 2 :])
    except OSError as error:
        log.warning("the counters of a period are lost: %s", error)
