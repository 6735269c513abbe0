"""What it costs to read performance files: cells with 20 counters from the file on disk to batches that are put, with
the file unpacked, parsed, gathered, packed, noted and moved. A part of `python -m benchmarks inputs`.
"""

import asyncio
import json
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from agents.host_clock import HostClock
from agents.pm.config import PmConfig
from agents.pm.gather import Gather
from agents.pm.parse import Parser
from agents.pm.plan import plan_of
from agents.pm.reading import PmFiles
from agents.pm.unpack import PIECE
from contract.catalog import load_catalog
from contract.messages import AssignedCell
from contract.pm import load_counters

CONFIG = Path(__file__).parents[1] / "config"
CELLS, FILES = 1_000, 10
COUNTERS = (
    "RRC.ConnEstabAtt.sum RRC.ConnEstabSucc.sum S1SIG.ConnEstabAtt S1SIG.ConnEstabSucc ERAB.EstabInitAttNbr.sum"
    " ERAB.EstabInitSuccNbr.sum ERAB.RelActNbr.sum ERAB.SessionTimeUE HO.IntraEnbOutAtt.sum HO.InterEnbOutAtt.sum"
    " HO.IntraEnbOutSucc.sum HO.InterEnbOutSucc.sum DRB.IPVolDl.sum DRB.IPTimeDl.sum DRB.IPVolUl.sum DRB.IPTimeUl.sum"
    " RRU.CellUnavailableTime.sum RRU.PrbTotDl RRU.PrbTotUl RRC.ConnMean"
).split()
XMLNS = "http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"


def file_of(number: int, *, numbered: bool = True) -> bytes:
    """A file with CELLS cells, its counters numbered, or in lists."""
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 900 * (number + 1)))

    def value(cell: int) -> str:
        given = [str((cell * 31 + place * 7 + number) % 1000) for place in range(len(COUNTERS))]
        if not numbered:
            return f"<measResults>{' '.join(given)}</measResults>"
        return "".join(f'<r p="{place}">{one}</r>' for place, one in enumerate(given, 1))

    types = f"<measTypes>{' '.join(COUNTERS)}</measTypes>"
    if numbered:
        types = "".join(f'<measType p="{place}">{name}</measType>' for place, name in enumerate(COUNTERS, 1))
    values = "\n".join(
        f'<measValue measObjLdn="ENodeBFunction=1,EUtranCellFDD=C{cell}">{value(cell)}</measValue>'
        for cell in range(CELLS)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><measCollecFile xmlns="{XMLNS}"><fileHeader dnPrefix="DC=example"/>'
        f'<measData><managedElement localDn="ManagedElement=1"/><measInfo>'
        f'<granPeriod duration="PT900S" endTime="{end}"/>'
        f"{types}{values}</measInfo></measData>"
        "</measCollecFile>"
    ).encode()


async def rate(folder: Path, *, numbered: bool) -> float:
    """Return how many cells a CPU-second takes in, of FILES files."""
    drop = folder / "drop"
    drop.mkdir(parents=True)
    for number in range(FILES):
        (drop / f"{number}.xml").write_bytes(file_of(number, numbered=numbered))
    counters, _ = load_counters(CONFIG / "pm", load_catalog(CONFIG / "catalog.yaml"))
    cells = [AssignedCell(id=f"c-{n}", key=f"EUtranCellFDD=C{n}", technology="4g") for n in range(CELLS)]
    kept: list[int] = []

    async def keep(bodies: Sequence[bytes]) -> bool:
        kept.append(len(bodies))
        return True

    reader = PmFiles(PmConfig(folder=drop, every_s=0.1, settle_s=0), folder, keep, HostClock())
    reader.apply(plan_of("1-a", cells, counters))
    begun = time.process_time()
    task = asyncio.create_task(reader.run())
    while reader.counts.files < FILES:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    took = time.process_time() - begun
    reader.stop()
    task.cancel()
    assert sum(kept) == CELLS * FILES
    return sum(kept) / took


def in_another_form(data: bytes) -> bytes:
    """Return the same file with its names in single quotes, as nobody writes them."""
    return re.sub(rb'measObjLdn="([^"]*)"', rb"measObjLdn='\1'", data)


def parse_ms(data: bytes) -> float:
    """Return the CPU milliseconds that 100 kB of a file take to be parsed and gathered, the best of ten."""
    counters, _ = load_counters(CONFIG / "pm", load_catalog(CONFIG / "catalog.yaml"))
    cells = [AssignedCell(id=f"c-{n}", key=f"EUtranCellFDD=C{n}", technology="4g") for n in range(CELLS)]
    plan, best = plan_of("1-a", cells, counters), float("inf")
    for _ in range(10):
        begun = time.process_time()
        parser = Parser(Gather(plan, HostClock().now()))
        for first in range(0, len(data), PIECE):
            parser.feed(data[first : first + PIECE])
        parser.close()
        best = min(best, time.process_time() - begun)
    return best * 1e3 / (len(data) / 1e5)


def measure() -> dict[str, float]:
    """Return what it costs, with the counters numbered as most vendors have them, and in lists."""
    with tempfile.TemporaryDirectory() as name:
        numbered = asyncio.run(rate(Path(name) / "numbered", numbered=True))
        listed = asyncio.run(rate(Path(name) / "listed", numbered=False))
    return {
        "cells_per_second": numbered,
        "cells_per_second_of_lists": listed,
        "parse_ms_per_100_kb": parse_ms(file_of(0)),
        "parse_ms_per_100_kb_of_lists": parse_ms(file_of(0, numbered=False)),
        "parse_ms_per_100_kb_in_another_form": parse_ms(in_another_form(file_of(0))),
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
