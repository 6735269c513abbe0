"""A whole device is walked, and what came is kept whatever ends it."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from agents.snmp.scripted_device import Mib, Question, ScriptedDevice, scripted_device

from agents.snmp import names
from agents.snmp.oids import Oid
from agents.snmp.transport import Transport
from contract.config_file import ConfigError
from mangrove.asking import Asking
from mangrove.login import Login
from mangrove.record import snmprec
from mangrove.record.command import comment, record
from mangrove.record.walk import EVERYTHING, SLICE, Walked, walk

LLDP: Oid = (1, 0, 8802, 1, 1, 2, 1, 3, 1, 0)
OBJECTS: dict[Oid, tuple[int, int | bytes]] = {
    LLDP: (names.INTEGER, 4),
    (1, 3, 6, 1, 2, 1, 1, 5, 0): (names.OCTET_STRING, b"rt-1"),
    **{(1, 3, 6, 1, 4, 1, 9, 1, n): (names.INTEGER, n) for n in range(3 * SLICE)},
    (1, 3, 111, 1): (names.INTEGER, 5),
}


def asking(device: ScriptedDevice, *, within: float = 10.0) -> Asking:
    """Someone who knows the community, as patient as a busy machine needs."""
    host, port = device.address
    return Asking(f"{host}:{port}", Login("v2c", "public"), within, 0)


async def walked(device: ScriptedDevice, told: list[int], *, cancel_at: int | None = None) -> Walked:
    """A walk of everything, whose task is cancelled once so many objects have come."""
    transport = Transport()

    def tell(count: int, _last: Oid) -> None:
        told.append(count)
        task = asyncio.current_task()
        if cancel_at is not None and count >= cancel_at and task:
            task.cancel()

    try:
        return await walk(await asking(device).session(transport), EVERYTHING, tell)
    finally:
        transport.close()


async def test_everything_comes_in_order_and_each_slice_is_told() -> None:
    told: list[int] = []
    async with scripted_device(Mib(OBJECTS)) as device:
        found = await walked(device, told)
    assert found.error is None
    assert [one.oid for one in found.varbinds] == sorted(OBJECTS)
    assert len(told) > 3
    assert told[-1] == len(OBJECTS)


async def test_what_came_before_an_interruption_is_kept() -> None:
    async with scripted_device(Mib(OBJECTS)) as device:
        found = await walked(device, [], cancel_at=SLICE)
    assert found.error == "interrupted"
    assert SLICE <= len(found.varbinds) < len(OBJECTS)


def silent_after(questions: int) -> Mib:
    """A device that falls silent."""

    class Silent(Mib):
        left = questions

        def __call__(self, question: Question) -> Iterable[bytes]:
            self.left -= 1
            return super().__call__(question) if self.left >= 0 else []

    return Silent(OBJECTS)


async def test_a_recording_of_a_device_that_falls_silent_says_that_it_is_incomplete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "walk.snmprec"
    async with scripted_device(silent_after(30)) as device:
        assert await record(asking(device, within=0.3), path, "", keep_names=False) == 1
    data = path.read_bytes()
    assert b"incomplete" in data.splitlines()[0]
    assert 0 < len(snmprec.read(data)[0]) < len(OBJECTS)
    assert "did not answer" in capsys.readouterr().err


async def test_of_a_device_that_says_nothing_there_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "walk.snmprec"
    async with scripted_device(silent_after(0)) as device:
        assert await record(asking(device, within=0.3), path, "", keep_names=False) == 1
    assert not path.exists()


async def test_a_file_without_a_folder_is_told_before_the_walk(tmp_path: Path) -> None:
    async with scripted_device(Mib(OBJECTS)) as device:
        with pytest.raises(ConfigError, match="there is no folder"):
            await record(asking(device), tmp_path / "no" / "walk", "1.3.111", keep_names=False)
    assert device.questions == []


async def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with scripted_device(Mib(OBJECTS)) as device:
        assert await record(asking(device), tmp_path, "1.3.111", keep_names=False) == 1
    assert "Is a directory" in capsys.readouterr().err


def test_the_first_line_says_who_when_and_what_was_masked() -> None:
    said = comment(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), 7, Counter(serial=2, row=0), complete=True)
    assert said.endswith(", 2026-01-02T03:04:05Z, 7 objects; masked: 2 serial")
    assert said.startswith("Mangrove ")
