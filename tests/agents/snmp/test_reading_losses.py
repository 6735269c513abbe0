"""Session.get and Session.read when packets are lost, late or wrong."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import pytest
from agents.snmp.scripted_device import (
    NAME,
    UPTIME,
    Mib,
    Question,
    Send,
    reply,
    scripted_device,
    with_id,
)
from agents.snmp.tables import ROWS, SHORT_S, TABLE, session

from agents.snmp import names
from agents.snmp.errors import BadResponse, Refused, SnmpTimeout
from agents.snmp.pdu import Varbind
from agents.snmp.transport import Transport


async def test_a_lost_packet_is_sent_again_with_the_same_id(transport: Transport) -> None:
    async with scripted_device(lambda _: []) as device:
        device.script = lambda question: [reply(question, [UPTIME])] if len(device.questions) > 1 else []
        asking = session(transport, device, timeout_s=SHORT_S)
        assert await asking.get([UPTIME.oid]) == [UPTIME]
    first, second = device.questions
    assert first == second
    assert (asking.traffic.requests, asking.traffic.retries, asking.traffic.packets_in) == (1, 1, 1)


async def test_a_reply_slower_than_the_timeout_still_answers_the_retry(transport: Transport) -> None:
    async with scripted_device(lambda question: [Send(reply(question, [UPTIME]), after_s=1.5 * SHORT_S)]) as device:
        assert await session(transport, device, timeout_s=SHORT_S).get([UPTIME.oid]) == [UPTIME]


async def test_silence_costs_all_tries_and_is_a_timeout(transport: Transport) -> None:
    async with scripted_device(lambda _: []) as device:
        read = await session(transport, device, timeout_s=SHORT_S, retries=2).read([UPTIME.oid])
    assert isinstance(read.error, SnmpTimeout)
    assert (read.varbinds, len(device.questions)) == ([], 3)


async def test_what_came_before_the_silence_is_kept(transport: Transport) -> None:
    async with scripted_device(lambda _: []) as device:
        device.script = lambda question: Mib(TABLE)(question) if len(device.questions) == 1 else []
        read = await session(transport, device, timeout_s=SHORT_S).read(list(TABLE))
    assert read.varbinds == ROWS[:50]
    assert isinstance(read.error, SnmpTimeout)


async def test_after_a_large_reply_was_lost_less_is_asked_and_then_more_again(transport: Transport) -> None:
    mib = Mib(TABLE)

    def script(question: Question) -> Iterable[bytes]:
        return [] if len(question.oids) > 30 else mib(question)

    async with scripted_device(script) as device:
        asking = session(transport, device, timeout_s=SHORT_S, retries=0)
        assert isinstance((await asking.read(list(TABLE))).error, SnmpTimeout)
        device.questions.clear()
        assert await asking.get(list(TABLE)) == ROWS
        assert {len(question.oids) for question in device.questions} == {25}
        device.script = mib
        for _ in range(20):
            await asking.get(list(TABLE))
    assert len(device.questions[-1].oids) == 50


async def test_a_refusal_is_not_asked_twice(transport: Transport) -> None:
    async with scripted_device(lambda _: []) as device:
        device.close()
        await asyncio.sleep(0)  # the loop closes the port in its next turn
    asking = session(transport, device)
    read = await asking.read([UPTIME.oid])
    assert isinstance(read.error, Refused)
    assert asking.traffic.packets_out == 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda question: reply(question, []), "0 varbinds answer a GET of 1"),
        (lambda question: reply(question, [NAME]), r"1\.3\.6\.1\.2\.1\.1\.5\.0 answers a GET of"),
        (lambda question: reply(question, [UPTIME, UPTIME]), "more than 1 varbinds"),
        (lambda question: reply(question, [UPTIME])[:-1], "too far"),
        (lambda question: reply(replace(question, version=0), [UPTIME]), "version 0 to a question of version 1"),
        (lambda question: reply(question, [UPTIME]).replace(b"\xa2", b"\xa8"), "tag 0xa8"),
    ],
    ids=["no varbind", "another object", "one too many", "truncated", "version", "report"],
)
async def test_a_wrong_answer_is_refused(transport: Transport, answer: object, why: str) -> None:
    assert callable(answer)
    async with scripted_device(lambda question: [answer(question)]) as device:
        with pytest.raises(BadResponse, match=why):
            await session(transport, device).get([UPTIME.oid])


async def test_noise_around_the_answer_does_no_harm(transport: Transport) -> None:
    def script(question: Question) -> Iterable[Send | bytes]:
        wrong = Varbind(UPTIME.oid, names.TIME_TICKS, 1)
        return [
            b"\x30",
            reply(with_id(question, question.request_id ^ 5), [wrong]),
            Send(reply(question, [wrong]), elsewhere=True),
            Send(reply(question, [UPTIME]), after_s=0.05),
            Send(reply(question, [wrong]), after_s=0.05),
        ]

    async with scripted_device(script) as device:
        asking = session(transport, device)
        assert await asking.get([UPTIME.oid]) == [UPTIME]
        assert await asking.get([UPTIME.oid]) == [UPTIME]
