"""Session.walk over devices that never end, fail or fall silent."""

import asyncio
from collections.abc import Iterable

import pytest
from agents.snmp.scripted_device import (
    Mib,
    Question,
    Script,
    refusal,
    reply,
    scripted_device,
)
from agents.snmp.tables import AFTER, COLUMNS, SHORT_S, below, session, table

from agents.snmp import names
from agents.snmp.columns import Column
from agents.snmp.errors import BadResponse, ErrorStatus, SnmpTimeout
from agents.snmp.names import COMMUNITY_VERSIONS, Status, Version
from agents.snmp.pdu import Oid, Varbind
from agents.snmp.transport import Transport


@pytest.mark.parametrize("wrong", [(*COLUMNS[0], 2), (*COLUMNS[0], 1), COLUMNS[0]], ids=["same", "back", "root"])
async def test_a_column_that_does_not_increase_ends_with_an_error_and_keeps_its_rows(
    transport: Transport, wrong: Oid
) -> None:
    mib = Mib(table(4))

    def script(question: Question) -> Iterable[bytes]:
        found = [Varbind(name, names.GAUGE32, 0) for name in mib.objects]
        answer = []
        for name in question.oids:
            successor = min((varbind for varbind in found if varbind.oid > name), default=found[-1])
            answer.append(Varbind(wrong, names.GAUGE32, 0) if successor.oid == (*COLUMNS[0], 3) else successor)
        return [reply(question, answer)]

    async with scripted_device(script) as device:
        walk = await session(transport, device).walk(COLUMNS)
    assert [len(rows) for rows in walk.varbinds] == [2, 4, 4]
    assert isinstance(walk.error, BadResponse)
    assert "do not increase" in str(walk.error)


async def test_an_endless_table_ends_at_the_bound_and_is_kept(transport: Transport) -> None:
    def script(question: Question) -> Iterable[bytes]:
        last = question.oids[0][-1] if question.oids[0] != COLUMNS[0] else 0
        return [reply(question, [Varbind((*COLUMNS[0], last + n), names.GAUGE32, 0) for n in range(1, 11)])]

    async with scripted_device(script) as device:
        walk = await session(transport, device, max_varbinds=1000).walk(COLUMNS[:1])
    assert 1000 < len(walk.varbinds[0]) <= 1010
    assert isinstance(walk.error, BadResponse)
    assert "endless" in str(walk.error)


async def test_an_empty_reply_is_no_progress_and_ends_the_walk(transport: Transport) -> None:
    async with scripted_device(lambda question: [reply(question, [])]) as device:
        walk = await session(transport, device).walk(COLUMNS)
    assert isinstance(walk.error, BadResponse)
    assert len(device.questions) == 1


@pytest.mark.parametrize("version", COMMUNITY_VERSIONS)
async def test_what_came_before_the_silence_is_kept(transport: Transport, version: Version) -> None:
    objects = table(30)
    mib = Mib(objects)

    def script(question: Question) -> Iterable[bytes]:
        return mib(question) if len(device.questions) <= 2 else []

    async with scripted_device(script) as device:
        walk = await session(transport, device, version, timeout_s=SHORT_S).walk(COLUMNS)
    assert isinstance(walk.error, SnmpTimeout)
    kept = 20 if version else 2
    assert walk.varbinds == [below(objects, column)[:kept] for column in COLUMNS]


BROKEN = (*COLUMNS[1], 3)


def broken(mib: Script, index: int | None) -> Script:
    def script(question: Question) -> Iterable[bytes]:
        place = next((n for n, name in enumerate(question.oids, 1) if name[: len(COLUMNS[1])] == COLUMNS[1]), 0)
        if place:
            return [refusal(question, Status.GEN_ERR, place if index is None else index)]
        return [part for part in mib(question) if isinstance(part, bytes)]

    return script


@pytest.mark.parametrize("index", [None, 0, 77], ids=["named", "not named", "named wrongly"])
async def test_a_column_that_fails_ends_alone(transport: Transport, index: int | None) -> None:
    objects = table(12)
    async with scripted_device(broken(Mib(objects), index)) as device:
        walk = await session(transport, device).walk(COLUMNS)
    assert walk.varbinds == [below(objects, COLUMNS[0]), [], below(objects, COLUMNS[2])]
    assert isinstance(walk.error, ErrorStatus)
    assert walk.error.oid == COLUMNS[1]


@pytest.mark.parametrize("index", [0, 2])
async def test_no_authority_ends_the_walk(transport: Transport, index: int) -> None:
    async with scripted_device(lambda question: [refusal(question, Status.NO_ACCESS, index)]) as device:
        walk = await session(transport, device).walk(COLUMNS)
    assert walk.error
    assert walk.error.outcome == "auth"
    assert len(device.questions) == 1


async def test_a_walk_out_of_time_leaves_no_request_behind(transport: Transport) -> None:
    async with scripted_device(lambda _: []) as device:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SHORT_S):
                await session(transport, device).walk(COLUMNS)
    assert transport.pending == 0


def test_a_column_takes_nothing_beyond_its_subtree() -> None:
    column = Column(COLUMNS[0])
    inside = Varbind((*COLUMNS[0], 1), names.GAUGE32, 0)
    column.take([inside, Varbind(AFTER, names.INTEGER, 0), Varbind((*COLUMNS[0], 2), names.GAUGE32, 0)])
    assert (column.rows, column.done, column.error) == ([inside], True, None)
