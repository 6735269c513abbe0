"""What real devices have said, walked over the network again."""

import asyncio
from pathlib import Path

import pytest
from agents.snmp.recordings import Objects, parse, read_recording, recordings
from agents.snmp.scripted_device import Mib, scripted_device
from agents.snmp.tables import below, session

from agents.snmp import names
from agents.snmp.names import Version
from agents.snmp.pdu import Oid, Varbind
from agents.snmp.transport import Transport

WITHIN_S = 60
IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IF_X_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
COLUMNS: list[Oid] = [*((*IF_ENTRY, n) for n in (2, 5, 7, 8, 10, 16)), *((*IF_X_ENTRY, n) for n in (1, 6, 10, 18))]
FOUND = recordings()
SMALL = [path for path in FOUND if path.stat().st_size < 12_000]


def roots(objects: Objects) -> list[Oid]:
    return sorted({name[:2] for name in objects})


def all_of(objects: Objects) -> list[Varbind]:
    return [Varbind(name, *typed) for name, typed in objects.items()]


@pytest.mark.parametrize("path", FOUND, ids=[path.stem for path in FOUND])
async def test_a_whole_walk_is_the_recording(transport: Transport, path: Path) -> None:
    objects = read_recording(path)
    async with scripted_device(Mib(objects)) as device, asyncio.timeout(WITHIN_S):
        walk = await session(transport, device, max_repetitions=50).walk(roots(objects))
    assert walk.error is None
    assert [varbind for rows in walk.varbinds for varbind in rows] == all_of(objects)


@pytest.mark.parametrize("path", FOUND, ids=[path.stem for path in FOUND])
async def test_columns_side_by_side_are_those_of_the_recording(transport: Transport, path: Path) -> None:
    objects = read_recording(path)
    async with scripted_device(Mib(objects, room=40)) as device, asyncio.timeout(WITHIN_S):
        walk = await session(transport, device, max_repetitions=8).walk(COLUMNS)
    assert walk.error is None
    assert walk.varbinds == [below(objects, column) for column in COLUMNS]


@pytest.mark.parametrize(("version", "bulk"), [(Version.V1, True), (Version.V2C, False)])
@pytest.mark.parametrize("path", SMALL, ids=[path.stem for path in SMALL])
async def test_one_question_after_another_finds_the_same(
    transport: Transport, path: Path, version: Version, bulk: bool
) -> None:
    objects = read_recording(path)
    async with scripted_device(Mib(objects)) as device, asyncio.timeout(WITHIN_S):
        walk = await session(transport, device, version, bulk=bulk).walk(roots(objects))
    assert walk.error is None
    assert [varbind for rows in walk.varbinds for varbind in rows] == all_of(objects)


@pytest.mark.skipif(not FOUND, reason="no recordings on this machine")
def test_there_are_recordings_of_many_vendors() -> None:
    vendors = set()
    for path in FOUND:
        _, value = read_recording(path).get((1, 3, 6, 1, 2, 1, 1, 2, 0), (0, None))
        if isinstance(value, tuple) and value[:6] == (1, 3, 6, 1, 4, 1):
            vendors.add(value[6])
    assert len(vendors) >= 10


def test_the_quirks_of_recordings_are_read() -> None:
    lines = [
        b"# walked by hand",
        b"1.3.6.1.9.2|4x|00ff",
        b"1.3.6.1.9.1|4e|\\x07\\t(\\\\",
        b"1.3.6.1.9.3|64x|0a000806\r",
        b"1.3.6.1.9.3|64|10.0.8.7",
        b"",
        b"1.3.6.1.9.4|6|.1.3.6",
        b"1.3.6.1.9.5|4|a|b",
        b"1.3.6.1.9.6|5|",
        b"1.3.6.1.9.7|2|-4",
    ]
    assert list(parse(lines).items()) == [
        ((1, 3, 6, 1, 9, 1), (names.OCTET_STRING, b"\x07\t(\\")),
        ((1, 3, 6, 1, 9, 2), (names.OCTET_STRING, b"\x00\xff")),
        ((1, 3, 6, 1, 9, 3), (names.IP_ADDRESS, b"\x0a\x00\x08\x06")),
        ((1, 3, 6, 1, 9, 4), (names.OBJECT_IDENTIFIER, (1, 3, 6))),
        ((1, 3, 6, 1, 9, 5), (names.OCTET_STRING, b"a|b")),
        ((1, 3, 6, 1, 9, 6), (names.NULL, None)),
        ((1, 3, 6, 1, 9, 7), (names.INTEGER, -4)),
    ]
