"""Session.get and Session.read: sizes, missing and broken objects."""

from collections.abc import Iterable
from typing import Any

import pytest
from agents.snmp.scripted_device import (
    UPTIME,
    Mib,
    Question,
    refusal,
    reply,
    scripted_device,
)
from agents.snmp.tables import BASE, ROWS, TABLE, session

from agents.snmp import names
from agents.snmp.errors import ErrorStatus
from agents.snmp.message import Community, encode_request
from agents.snmp.names import COMMUNITY_VERSIONS, Kind, Status, Version
from agents.snmp.pdu import Oid, Varbind
from agents.snmp.results import Read, Traffic
from agents.snmp.session import Session
from agents.snmp.transport import Transport


@pytest.mark.parametrize("version", COMMUNITY_VERSIONS)
async def test_many_objects_come_in_the_order_asked_and_in_few_packets(transport: Transport, version: Version) -> None:
    asked = list(reversed(TABLE))
    async with scripted_device(Mib(TABLE)) as device:
        asking = session(transport, device, version)
        assert await asking.get([*asked, asked[0]]) == ROWS[::-1]
    assert [len(question.oids) for question in device.questions] == [50, 50]
    assert {(question.kind, question.version, question.community) for question in device.questions} == {
        (Kind.GET, version, b"public")
    }
    traffic = asking.take_traffic()
    assert (traffic.requests, traffic.retries, traffic.packets_out, traffic.packets_in) == (2, 0, 2, 2)
    assert 1550 < traffic.octets_out <= 1570  # a request id takes one to four octets
    assert 1650 < traffic.octets_in <= 1670
    assert asking.traffic == Traffic()


async def test_nothing_asked_sends_nothing(transport: Transport) -> None:
    async with scripted_device(Mib({})) as device:
        assert await session(transport, device).get([]) == []
    assert device.questions == []


async def test_too_big_halves_and_is_remembered(transport: Transport) -> None:
    async with scripted_device(Mib(TABLE, room=13)) as device:
        asking = session(transport, device)
        assert await asking.get(list(TABLE)) == ROWS
        first = len(device.questions)
        assert await asking.get(list(TABLE)) == ROWS
    assert [len(question.oids) for question in device.questions[:3]] == [50, 25, 12]
    assert {len(question.oids) for question in device.questions[first:]} == {12, 4}


async def test_too_big_for_a_single_object_is_set_aside_and_the_rest_is_kept(transport: Transport) -> None:
    mib = Mib(TABLE)

    def script(question: Question) -> Iterable[bytes]:
        return [reply(question, [], Status.TOO_BIG)] if (*BASE, 3) in question.oids else mib(question)

    async with scripted_device(script) as device:
        read = await session(transport, device, max_oids=4).read(list(TABLE)[:8])
    assert read.varbinds == [row for row in ROWS[:8] if row.oid != (*BASE, 3)]
    assert isinstance(read.error, ErrorStatus)
    assert (read.error.status, read.error.oid) == (Status.TOO_BIG, (*BASE, 3))


async def test_version_1_leaves_out_what_the_device_does_not_have(transport: Transport) -> None:
    missing = [(*BASE, 5, 5), (*BASE, 7, 7)]
    async with scripted_device(Mib(TABLE)) as device:
        found = await session(transport, device, Version.V1).get([missing[0], UPTIME.oid, *TABLE, missing[1]])
    assert found == [
        Varbind(missing[0], names.NO_SUCH_INSTANCE, None),
        Varbind(UPTIME.oid, names.NO_SUCH_INSTANCE, None),
        *ROWS,
        Varbind(missing[1], names.NO_SUCH_INSTANCE, None),
    ]


@pytest.mark.parametrize("index", [0, 99, -1])
async def test_version_1_finds_the_missing_object_when_the_device_does_not_say_which(
    transport: Transport, index: int
) -> None:
    mib = Mib(TABLE)

    def script(question: Question) -> Iterable[bytes]:
        return [refusal(question, Status.NO_SUCH_NAME, index)] if UPTIME.oid in question.oids else mib(question)

    async with scripted_device(script) as device:
        found = await session(transport, device, Version.V1).get([*TABLE, UPTIME.oid])
    assert found == [*ROWS, Varbind(UPTIME.oid, names.NO_SUCH_INSTANCE, None)]


async def test_version_2c_tells_what_is_missing_by_tag(transport: Transport) -> None:
    async with scripted_device(Mib(TABLE)) as device:
        found = await session(transport, device).get([UPTIME.oid, ROWS[0].oid])
    assert found == [Varbind(UPTIME.oid, names.NO_SUCH_INSTANCE, None), ROWS[0]]


async def test_one_broken_object_does_not_cost_the_others(transport: Transport) -> None:
    mib = Mib(TABLE)

    def script(question: Question) -> Iterable[bytes]:
        if (*BASE, 3) in question.oids:
            return [refusal(question, Status.GEN_ERR, question.oids.index((*BASE, 3)) + 1)]
        return mib(question)

    async with scripted_device(script) as device:
        read = await session(transport, device).read(list(TABLE))
        with pytest.raises(ErrorStatus, match=r"GEN_ERR at 1\.3\.6\.1\.4\.1\.2011\.5\.3 \(error-index 4\)"):
            await session(transport, device).get(list(TABLE))
    assert len(read.varbinds) == 99
    assert read.error
    assert read.error.outcome == "error"


async def test_a_device_that_complains_about_everything_is_not_asked_for_ever(transport: Transport) -> None:
    async with scripted_device(lambda question: [refusal(question, Status.GEN_ERR, 1)]) as device:
        read = await session(transport, device).read(list(TABLE))
    assert read.varbinds == []
    assert isinstance(read.error, ErrorStatus)
    assert len(device.questions) < 20


@pytest.mark.parametrize("index", [0, 1])
async def test_no_authority_ends_the_read_with_its_own_outcome(transport: Transport, index: int) -> None:
    async with scripted_device(lambda question: [refusal(question, Status.AUTHORIZATION_ERROR, index)]) as device:
        read = await session(transport, device).read(list(TABLE))
    assert read.error
    assert read.error.outcome == "auth"
    assert len(device.questions) == 1


@pytest.mark.parametrize(
    "limits",
    [
        {"max_oids": 0},
        {"max_oids": 91},
        {"max_repetitions": 0},
        {"max_varbinds": 0},
        {"in_flight": 0},
        {"in_flight": 17},
        {"per_second": 0},
        {"per_second": 10_001},
    ],
    ids=str,
)
async def test_a_limit_out_of_range_is_refused(transport: Transport, limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(limits))):
        Session(transport, ("127.0.0.1", 161), Community(Version.V2C, b""), **limits)


async def test_a_link_that_cannot_work_is_refused(transport: Transport) -> None:
    for retries, timeout_s in ((-1, 1.0), (0, 0.0)):
        with pytest.raises(ValueError, match="retries"):
            Session(transport, ("127.0.0.1", 161), Community(Version.V2C, b""), timeout_s=timeout_s, retries=retries)
    with pytest.raises(ValueError, match="255 octets"):
        Community(Version.V2C, b"c" * 256)


async def test_the_most_and_longest_objects_fit_into_one_request(transport: Transport) -> None:
    longest: list[Oid] = [(1, 3, *[2**32 - 1] * 125, n) for n in range(90)]
    encode_request(Version.V2C, b"c" * 255, Kind.GET, 2**31 - 1, longest)
    deepest: list[Oid] = [(1, 3, *[127] * 125, n) for n in range(90)]
    async with scripted_device(Mib({})) as device:
        read: Read = await session(transport, device, max_oids=90).read(deepest)
    assert len(device.questions[0].oids) == 90
    assert [varbind.tag for varbind in read.varbinds] == [names.NO_SUCH_INSTANCE] * 90
