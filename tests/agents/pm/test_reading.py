"""A drop folder as an OSS writes it: each file is read once and when it is whole, whatever happens in between."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from agents.pm.files import END_MS, GOOD, NOW, Info, assignment, cell, made, rows, zipped
from agents.waiting import until

from agents.host_clock import HostClock
from agents.pm.config import PmConfig
from agents.pm.plan import plan
from agents.pm.reading import PmFiles
from contract.batch import Batch, decode
from contract.crash_point import VARIABLE

CELLS = (cell("a1", "EUtranCellFDD=A1"), cell("a2", "EUtranCellFDD=A2"))
ROOT = Path(__file__).parents[3]


def data(*names: str, att: float = 200) -> bytes:
    """A file with some cells."""
    values = {**GOOD, "RRC.ConnEstabAtt.sum": att}
    return made(Info({f"ENodeBFunction=1,EUtranCellFDD={name}": values for name in names or ("A1", "A2")}))


class Rig:
    """A drop folder with an agent's reader of it; `batches` are those that are durable."""

    def __init__(self, folder: Path, **changes: object) -> None:
        self.drop, self.data = folder / "drop", folder / "data"
        for each in (self.drop, self.data):
            each.mkdir(exist_ok=True)
        given = {"folder": self.drop, "every_s": 0.1, "settle_s": 0.0, "refuse_s": 0.0} | changes
        self.config = PmConfig.model_validate(given)
        self.batches: list[Batch] = []
        self.disk_takes = True
        self.reader = self.start()

    def start(self) -> PmFiles:
        """As a process that starts."""
        self.reader = PmFiles(
            self.config, self.data, self.keep, HostClock(wall=lambda: NOW, is_synchronised=lambda: True)
        )
        self.reader.apply(plan(assignment(*CELLS)))
        return self.reader

    async def keep(self, bodies: Sequence[bytes]) -> bool:
        """Take bodies, or not."""
        if self.disk_takes:
            self.batches += map(decode, bodies)
        return self.disk_takes

    def write(self, name: str, content: bytes) -> Path:
        """As an OSS that does not write to another name first."""
        path = self.drop / name
        path.write_bytes(content)
        return path

    def names(self, where: str = "") -> set[str]:
        """The files in the folder, or in one of those within."""
        folder = self.drop / where
        return {path.name for path in folder.iterdir() if path.is_file()} if folder.is_dir() else set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Rig"]:
        """While it looks at the folder."""
        task = asyncio.create_task(self.reader.run())
        try:
            yield self
        finally:
            self.reader.stop()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_a_file_becomes_a_batch_for_each_of_our_cells_and_is_put_away(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.write("A1.xml", data("A1"))
    rig.write("A2.XML.GZ", zipped(data("A2", "B1")))
    rig.write(".A3.xml.part", data())
    rig.write("notes.txt", b"-")
    async with rig.running():
        await until(lambda: rig.names("done") == {"A1.xml", "A2.XML.GZ"})
    assert sorted(batch.device for batch in rig.batches) == ["a1", "a2"]
    assert rig.names() == {".A3.xml.part", "notes.txt"}
    counts = rig.reader.counts
    assert (counts.files, counts.cells, counts.unknown_objects, counts.files_refused) == (2, 2, 1, 0)


async def test_the_same_content_is_read_once_under_any_name_packed_or_not_also_after_a_restart(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.write("A.xml", data())
    async with rig.running():
        await until(lambda: rig.names("done") == {"A.xml"})
    rig.start()
    rig.write("A.xml", data())
    rig.write("B.xml.gz", zipped(data()))
    rig.write("C.xml", data(att=1000))
    async with rig.running():
        await until(lambda: not rig.names())
    assert [batch.device for batch in rig.batches] == ["a1", "a2", "a1", "a2"]
    assert (rig.reader.counts.files, rig.reader.counts.again) == (1, 2)
    assert len(rig.names("done")) == 4


@pytest.mark.parametrize("pack", [bytes, zipped])
async def test_a_file_that_is_half_written_is_left_until_it_is_whole(tmp_path: Path, pack: type[bytes]) -> None:
    rig = Rig(tmp_path, refuse_s=3600)
    whole = pack(data())
    path = rig.write("A.xml", whole[: len(whole) // 2])
    async with rig.running():
        await until(lambda: rig.reader.waiting == 1 and bool(rig.reader._broken))
        assert (rig.batches, rig.names("refused")) == ([], set())
        with path.open("ab") as file:
            file.write(whole[len(whole) // 2 :])
        await until(lambda: rig.names("done") == {"A.xml"} and rig.reader.waiting == 0)
    assert len(rig.batches) == 2
    assert (rig.reader.waiting, rig.reader.counts.files_refused) == (0, 0)


async def test_a_file_that_still_changes_is_not_opened(tmp_path: Path) -> None:
    rig = Rig(tmp_path, settle_s=3600)
    rig.write("A.xml", data())
    async with rig.running():
        await until(lambda: rig.reader.waiting == 1)
        assert rig.names() == {"A.xml"}
    assert rig.batches == []


async def test_what_does_not_become_whole_is_refused_with_the_reason_and_read_once_it_is_mended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(tmp_path)
    rig.write("A.xml", data()[:-9])
    rig.write("B.xml.gz", zipped(data())[:-9])
    rig.write("C.xml", b"not at all\n\x1b[31m")
    with caplog.at_level(logging.ERROR):
        async with rig.running():
            await until(lambda: len(rig.names("refused")) == 6)
            rig.write("A.xml", data())
            await until(lambda: rig.names("done") == {"A.xml"})
    assert len(rig.batches) == 2
    reason = (rig.drop / "refused" / "B.xml.gz.reason").read_text()
    assert reason == "it is no whole gzip: it ends too early\n"
    assert "the performance file A.xml is refused: it is no whole XML" in caplog.text


async def test_in_a_folder_that_is_not_ours_to_write_to_each_file_is_read_once_over_restarts(tmp_path: Path) -> None:
    rig = Rig(tmp_path, move=False)
    rig.write("A.xml", data())
    rig.write("B.xml", b"broken")
    async with rig.running():
        await until(lambda: rig.reader.counts.files_refused == 1 and len(rig.batches) == 2)
        await until(lambda: rig.reader.waiting == 0)  # both are noted
    rig.start()
    async with rig.running():
        rig.write("C.xml", data(att=1))
        await until(lambda: len(rig.batches) == 4 and rig.reader.waiting == 0)
    assert rig.reader.counts.files_refused == 0
    assert rig.names() == {"A.xml", "B.xml", "C.xml"}
    rig.start()
    rig.write("A.xml", data(att=999))  # another file under its name
    async with rig.running():
        await until(lambda: len(rig.batches) == 6)


async def test_two_agents_with_one_folder_have_their_own_cells_of_each_file(tmp_path: Path) -> None:
    one, other = Rig(tmp_path, move=False), Rig(tmp_path, move=False)
    other.data = tmp_path / "other"
    other.data.mkdir()
    one.reader.apply(plan(assignment(CELLS[0])))
    other.start().apply(plan(assignment(CELLS[1])))
    one.write("A.xml", data())
    async with one.running(), other.running():
        await until(lambda: bool(one.batches and other.batches))
    assert ([b.device for b in one.batches], [b.device for b in other.batches]) == (["a1"], ["a2"])


async def test_a_file_whose_batches_the_disk_does_not_take_is_not_done_with(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.disk_takes = False
    rig.write("A.xml", data())
    async with rig.running():
        await until(lambda: rig.reader.waiting == 1)
        assert rig.names() == {"A.xml"}
    rig.disk_takes = True
    rig.start()
    async with rig.running():
        await until(lambda: rig.names("done") == {"A.xml"})
    assert (len(rig.batches), rig.reader.counts.files) == (2, 1)


async def test_without_cells_no_file_is_touched(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.reader.apply(plan(assignment()))
    rig.write("A.xml", data())
    async with rig.running():
        await asyncio.sleep(0.3)
        assert (rig.names(), rig.batches) == ({"A.xml"}, [])
        rig.reader.apply(plan(assignment(*CELLS)))
        await until(lambda: rig.names("done") == {"A.xml"})


async def test_what_is_no_plain_file_is_not_opened(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    os.mkfifo(rig.drop / "A.xml")
    (rig.drop / "B.xml").symlink_to(rig.write("elsewhere", data()))
    (rig.drop / "C.xml").mkdir()
    rig.write("D.xml", data())
    async with rig.running():
        await until(lambda: rig.names("done") == {"D.xml"})
    assert len(rig.batches) == 2


async def test_what_was_put_away_is_kept_within_its_bounds(tmp_path: Path) -> None:
    rig = Rig(tmp_path, done_files=2)
    for number in range(5):
        rig.write(f"{number}.xml", data(att=number))
    async with rig.running():
        await until(lambda: not rig.names() and len(rig.names("done")) == 2)
    assert rig.reader.counts.files == 5


async def test_a_gzip_bomb_is_refused_at_the_bound(tmp_path: Path) -> None:
    rig = Rig(tmp_path, largest_mib=1)
    rig.write("A.xml.gz", zipped(b"<measCollecFile>" + b" " * (64 << 20)))
    async with rig.running():
        await until(lambda: "A.xml.gz.reason" in rig.names("refused") and rig.reader.waiting == 0)
    assert "over 1 MiB large" in (rig.drop / "refused" / "A.xml.gz.reason").read_text()


async def test_a_journal_that_is_damaged_costs_only_what_it_no_longer_says(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.write("A.xml", data("A1"))
    async with rig.running():
        await until(lambda: rig.names("done") == {"A.xml"})
    with (rig.data / "pm.journal").open("ab") as file:
        file.write(b'["00", "x"\n\xff\xff\n["no hex", "n", 1, 1]\n["12')
    rig.start()
    rig.write("B.xml", data("A1"))
    rig.write("C.xml", data("A2"))
    async with rig.running():
        await until(lambda: not rig.names())
    assert (rig.reader.counts.again, [batch.device for batch in rig.batches]) == (1, ["a1", "a2"])
    rig.start()
    rig.write("D.xml", data("A2"))
    async with rig.running():
        await until(lambda: not rig.names())
    assert rig.reader.counts.again == 1  # what was noted after the torn line is known


async def test_a_journal_that_the_disk_does_not_take_is_told_and_the_file_is_done_with(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(tmp_path)
    (rig.data / "pm.journal").symlink_to("/dev/full")
    for name in ("A.xml", "B.xml"):
        rig.write(name, data())
    with caplog.at_level(logging.ERROR):
        async with rig.running():
            await until(lambda: rig.names("done") == {"A.xml", "B.xml"})
    assert (rig.reader.counts.files, rig.reader.counts.again, len(rig.batches)) == (1, 1, 2)
    assert "the journal of performance files cannot be written" in caplog.text


async def test_a_refused_file_that_is_put_back_is_tried_again(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.write("A.xml", data().replace(b"+07:00", b""))
    async with rig.running():
        await until(lambda: rig.names("refused") == {"A.xml", "A.xml.reason"})
    rig.config = rig.config.model_copy(update={"utc_offset": timezone(timedelta(hours=7))})
    rig.start()
    (rig.drop / "refused" / "A.xml").rename(rig.drop / "A.xml")
    async with rig.running():
        await until(lambda: rig.names("done") == {"A.xml"})
    assert {time for _, _, time in rows(rig.batches)} == {END_MS}


PROCESS = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, "tests")
from agents.pm.test_reading import Rig
folder = Path(sys.argv[1])

class Kept(Rig):
    async def keep(self, bodies):
        with (folder / "spool").open("ab") as file:
            file.writelines(len(body).to_bytes(4, "big") + body for body in bodies)
            file.flush()
            os.fsync(file.fileno())
        return True

async def main():
    rig = Kept(folder)
    async with rig.running():
        while rig.names():
            await asyncio.sleep(0.02)

asyncio.run(main())
"""


def spooled(folder: Path) -> list[Batch]:
    found, out = (folder / "spool").read_bytes(), []
    while found:
        size = int.from_bytes(found[:4], "big")
        out.append(decode(found[4 : 4 + size]))
        found = found[4 + size :]
    return out


@pytest.mark.parametrize("point", ["", "pm.after_durable", "pm.after_note"])
def test_a_process_that_is_killed_between_the_steps_says_the_same_again_or_nothing(tmp_path: Path, point: str) -> None:
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "A.xml").write_bytes(data())
    ends = []
    for armed in [point, ""] if point else [""]:
        environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
        environment |= {VARIABLE: armed} if armed else {}
        command = [sys.executable, "-c", PROCESS, str(tmp_path)]
        ends.append(subprocess.run(command, cwd=ROOT, env=environment, timeout=60, check=False).returncode)
    assert ends == ([-signal.SIGKILL, 0] if point else [0])
    assert {path.name for path in (tmp_path / "drop" / "done").iterdir()} == {"A.xml"}
    found = spooled(tmp_path)
    assert len(found) == (4 if point == "pm.after_durable" else 2)
    assert rows(found) == rows(found[:2])
    assert found[2:] in ([], found[:2])
    assert all(time == END_MS for _, _, time in rows(found))
