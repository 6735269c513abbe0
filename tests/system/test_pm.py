"""Performance files through the whole thread: from an OSS's folder to the database and to the coverage that is shown,
also when the agent is killed between the steps."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from agents.pm.files import GOOD, Info, made, zipped
from servers.mosquitto import Mosquitto
from system.parts import ROOT
from system.test_real_values import embedded_rows
from system.thread import Thread, running, wait_for

from contract.crash_point import FILES, VARIABLE
from contract.inventory import AgentEntry, Area, Cell, Inventory, Site

QUARTER_S = 900
ENDS = [int(time.time()) // QUARTER_S * QUARTER_S - n * QUARTER_S for n in range(3)]


def province() -> Inventory:
    """A site with two cells that files tell of."""
    cell = {"site": "nam-can-01", "operator": "mau-a", "technology": "4g", "agent": "agent-1"}
    return Inventory(
        areas=[Area(id="nam-can", name="Xã Năm Căn", level="commune")],
        sites=[Site(id="nam-can-01", name="Trạm mẫu Năm Căn", area="nam-can")],
        agents=[AgentEntry(id="agent-1")],
        cells=[Cell.model_validate({"id": f"cell-{n}", "key": f"EUtranCellFDD={n}"} | cell) for n in (1, 2)],
    )


def file_of(end_s: int, unavailable: int = 0) -> bytes:
    """What both cells say of a period."""
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end_s))
    values = {**GOOD, "RRU.CellUnavailableTime.sum": unavailable}
    return made(Info({f"ENodeBFunction=1,EUtranCellFDD={n}": values for n in (1, 2, 3)}, end=end))


@pytest.fixture
def thread(mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Thread]:
    """A thread whose agent looks into a drop folder."""
    (tmp_path / "drop").mkdir()
    pm = {"folder": str(tmp_path / "drop"), "every_s": 0.2, "settle_s": 0.2, "refuse_s": 0.5}
    of_collector: dict[str, object] = {"pm": str(ROOT / "config" / "pm"), "watch": {"period_s": 60, "refresh_s": 1}}
    with running(
        tmp_path,
        mosquitto,
        province(),
        {"kind": "embedded"},
        simulate=False,
        more=of_collector,
        more_of_agent={"pm": pm},
    ) as made_thread:
        yield made_thread


def put(thread: Thread, name: str, content: bytes) -> None:
    """Write a file as an OSS does that renames it in the end."""
    beside = thread.folder / "drop" / f".{name}"
    beside.write_bytes(content)
    beside.rename(thread.folder / "drop" / name)


def put_away(thread: Thread, where: str = "done") -> set[str]:
    """The names of the files that were put away."""
    folder = thread.folder / "drop" / where
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def values(thread: Thread, measurement: str, field: str) -> dict[tuple[str, int], object]:
    """The values by cell and time."""
    rows = embedded_rows(thread, [measurement])
    return {(str(row["device"]), int(str(row["time"])) // 1000): row[field] for row in rows}


def test_files_become_points_of_cells_once_and_the_coverage_is_reported(thread: Thread) -> None:
    put(thread, "A.xml", file_of(ENDS[1]))
    put(thread, "B.xml.gz", zipped(file_of(ENDS[0], unavailable=900)))
    put(thread, "C.xml", file_of(ENDS[1]))
    put(thread, "D.xml", file_of(ENDS[2])[:-50])
    wait_for(lambda: put_away(thread) == {"A.xml", "B.xml.gz", "C.xml"}, "the files are read")
    wait_for(lambda: put_away(thread, "refused") == {"D.xml", "D.xml.reason"}, "the broken one is refused")
    wait_for(lambda: len(embedded_rows(thread, ["coverage"])) > 0, "the coverage is worked out")

    def newest() -> dict[str, object]:
        return max(embedded_rows(thread, ["coverage"]), key=lambda row: int(str(row["time"])))

    wait_for(lambda: newest()["cells_down"] == 2, "the coverage is as the cells say")
    assert (newest()["inferred"], newest()["cells_reported"], newest()["area"]) == (0, 2, "nam-can")
    thread.settle()
    cells, ends = ("cell-1", "cell-2"), ENDS[:2]
    assert values(thread, "cell", "available_s") == {(c, at): (0, 900)[at == ENDS[1]] for c in cells for at in ends}
    assert set(values(thread, "cell_access", "rrc_pct").values()) == {95.0}
    (row,) = (
        r for r in embedded_rows(thread, ["cell_access"]) if (r["device"], r["time"]) == ("cell-1", 1000 * ENDS[0])
    )
    tags = ("technology", "operator", "site", "area", "agent")
    assert [row[tag] for tag in tags] == ["4g", "mau-a", "nam-can-01", "nam-can", "agent-1"]


def test_an_agent_that_is_killed_between_the_steps_loses_nothing_and_says_nothing_else(thread: Thread) -> None:
    wait_for((thread.agent.data / "assignment.json").exists, "the assignment has come")
    names = [f"{number}.xml" for number in range(len(FILES))]
    for name, end_s, point in zip(names, ENDS, FILES, strict=False):
        thread.agent.stop()
        put(thread, name, file_of(end_s))
        thread.agent.launch({VARIABLE: point})
        wait_for(lambda: not thread.agent.is_running, f"the agent passes {point}")
        assert thread.agent.ended(0) == -signal.SIGKILL
        thread.agent.start()
        wait_for(lambda: name in put_away(thread), "the file is put away")  # noqa: B023
    thread.settle()
    ends = ENDS[: len(FILES)]
    assert values(thread, "cell", "available_s") == {(cell, at): 900 for cell in ("cell-1", "cell-2") for at in ends}
    assert len(embedded_rows(thread, ["cell_access"])) == 2 * len(FILES)
