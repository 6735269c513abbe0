"""The shared sockets: which datagram ends which request."""

import asyncio
import errno
import socket
from collections.abc import Callable

import pytest
from agents.snmp.scripted_device import UPTIME, Question, Script, Send, reply, scripted_device, with_id
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.snmp import icmp
from agents.snmp.errors import Refused, SnmpTimeout, Unreachable
from agents.snmp.message import decode_response, encode_request
from agents.snmp.names import Kind, Version
from agents.snmp.recent import Recent
from agents.snmp.transport import Address, Counters, Transport

SHORT_S = 0.05
LONG_S = 5.0


async def ask(transport: Transport, address: Address, timeout_s: float = LONG_S) -> bytes:
    number = transport.new_id()
    packet = encode_request(Version.V2C, b"public", Kind.GET, number, [UPTIME.oid])
    data = await transport.request(address, packet, number, timeout_s)
    assert decode_response(data, Version.V2C).request_id == number
    return data


def right(question: Question) -> list[Send | bytes]:
    return [reply(question, [UPTIME])]


async def settle(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG_S):
        while not condition():  # noqa: ASYNC110 - what is waited for is a counter
            await asyncio.sleep(0.001)


async def test_a_reply_ends_its_request(transport: Transport) -> None:
    async with scripted_device(right) as device:
        await ask(transport, device.address)
    assert transport.counters == Counters(sent=1, received=1, delivered=1)


async def test_many_devices_share_one_socket_and_get_their_own_replies(transport: Transport) -> None:
    async with scripted_device(right) as one, scripted_device(right) as other:
        await asyncio.gather(*(ask(transport, device.address) for device in (one, other) for _ in range(60)))
    assert transport.counters.delivered == 120
    assert len(transport._sockets.opened) == 1


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
async def test_ipv6_devices_are_asked_over_a_socket_of_their_own(transport: Transport) -> None:
    try:
        async with scripted_device(right, host="::1") as six, scripted_device(right) as four:
            await asyncio.gather(ask(transport, ("0:0::1", six.address[1])), ask(transport, four.address))
    except OSError as error:
        pytest.skip(f"no IPv6 loopback: {error}")
    assert len(transport._sockets.opened) == 2


WRONG: dict[str, Script] = {
    "undecodable": lambda _: [b"garbage", b"\x30"],
    "unknown": lambda question: [reply(with_id(question, question.request_id ^ 1), [UPTIME])] * 2,
    "wrong_source": lambda question: [Send(reply(question, [UPTIME]), elsewhere=True)] * 2,
}


@pytest.mark.parametrize("counter", WRONG)
async def test_what_does_not_answer_is_counted_and_the_answer_still_counts(transport: Transport, counter: str) -> None:
    def script(question: Question) -> list[Send | bytes]:
        return [*WRONG[counter](question), Send(reply(question, [UPTIME]), after_s=0.05)]

    async with scripted_device(script) as device:
        await ask(transport, device.address)
    assert getattr(transport.counters, counter) == 2
    assert transport.counters.delivered == 1


async def test_silence_is_a_timeout(transport: Transport) -> None:
    async with scripted_device(lambda _: []) as device:
        with pytest.raises(SnmpTimeout, match=r"127\.0\.0\.1 port \d+ did not answer within 0\.05 s"):
            await ask(transport, device.address, SHORT_S)
    assert transport.pending == 0


async def test_a_late_reply_is_counted_as_late_and_a_second_one_as_duplicate(transport: Transport) -> None:
    def late(question: Question) -> list[Send | bytes]:
        return [Send(reply(question, [UPTIME]), after_s=2 * SHORT_S)]

    async with scripted_device(late) as device:
        with pytest.raises(SnmpTimeout):
            await ask(transport, device.address, SHORT_S)
        await settle(lambda: transport.counters.late == 1)
        device.script = lambda question: right(question) * 3
        await ask(transport, device.address)
        await settle(lambda: transport.counters.duplicate == 2)


async def test_a_closed_port_is_refused_at_once_while_others_wait_undisturbed(transport: Transport) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = closed.getsockname()

    async def refused() -> None:
        with pytest.raises(Refused):
            await ask(transport, nobody)

    async with scripted_device(lambda question: [Send(reply(question, [UPTIME]), after_s=0.1)]) as device:
        async with asyncio.timeout(LONG_S / 2):
            await asyncio.gather(*(refused() for _ in range(20)), *(ask(transport, device.address) for _ in range(20)))
    assert transport.counters.delivered == 20
    assert transport.counters.socket_errors == 0


async def test_an_icmp_error_must_quote_the_request_and_its_address(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scripted_device(lambda question: [Send(reply(question, [UPTIME]), after_s=0.05)]) as device:
        number = transport.new_id()
        packet = encode_request(Version.V2C, b"public", Kind.GET, number, [UPTIME.oid])
        other = encode_request(Version.V2C, b"public", Kind.GET, number ^ 1, [UPTIME.oid])
        refused = Refused("")
        queue = [
            icmp.NetworkError(packet, ("192.0.2.1", 161), refused),
            icmp.NetworkError(packet[:12], device.address, refused),
            icmp.NetworkError(other, device.address, refused),
            icmp.NetworkError(packet, device.address, None),
        ]
        monkeypatch.setattr(icmp, "take", lambda _: queue.pop() if queue else None)
        asking = asyncio.ensure_future(transport.request(device.address, packet, number, LONG_S))
        await asyncio.sleep(0)
        transport._read_errors(transport._sockets.opened[socket.AF_INET].sock)
        assert transport.counters.icmp == transport.counters.icmp_unmatched == 4
        await asking
        asking = asyncio.ensure_future(transport.request(device.address, packet, number, LONG_S))
        await asyncio.sleep(0)
        queue.append(icmp.NetworkError(packet[:40], device.address, refused))
        transport._read_errors(transport._sockets.opened[socket.AF_INET].sock)
        with pytest.raises(Refused):
            await asking


@pytest.mark.parametrize("address", [("router.example", 161), ("", 161), ("127.0.0.1", 70_000), ("1\x002", 161)])
async def test_what_cannot_be_sent_is_unreachable(transport: Transport, address: Address) -> None:
    with pytest.raises(Unreachable):
        await ask(transport, address)


async def test_a_cancelled_request_leaves_nothing_behind(transport: Transport) -> None:
    async with scripted_device(lambda _: []) as device:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SHORT_S):
                await ask(transport, device.address)
        task = asyncio.ensure_future(ask(transport, device.address))
        await asyncio.sleep(0)
        assert transport.pending == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert transport.pending == 0


async def test_an_id_that_waits_is_not_given_out_twice(transport: Transport) -> None:
    async with scripted_device(lambda _: []) as device:
        first = asyncio.ensure_future(transport.request(device.address, b"x", 7, SHORT_S))
        await asyncio.sleep(0)
        with pytest.raises(ValueError, match="already in use"):
            await transport.request(device.address, b"x", 7, SHORT_S)
        with pytest.raises(SnmpTimeout):
            await first


async def test_closing_ends_what_waits_and_refuses_what_comes() -> None:
    transport = Transport()
    async with scripted_device(lambda _: []) as device:
        waiting = asyncio.ensure_future(ask(transport, device.address))
        await asyncio.sleep(0)
        transport.close()
        transport.close()
        for request in (waiting, asyncio.ensure_future(ask(transport, device.address))):
            with pytest.raises(Unreachable, match="closed"):
                await request
    assert transport.pending == 0


class FullBuffer(socket.socket):
    """Refuses the first sends, as a full send buffer does."""

    full = 3

    def sendto(self, *arguments: object) -> int:
        """Send from the fourth time on."""
        if self.full:
            self.full -= 1
            raise BlockingIOError(errno.EAGAIN, "full")
        data, address = arguments
        assert isinstance(data, bytes)
        assert isinstance(address, tuple)
        return super().sendto(data, address)


async def test_a_full_send_buffer_delays_and_does_not_fail(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "socket", FullBuffer)
    async with scripted_device(right) as device:
        await ask(transport, device.address)
    assert transport.counters.send_waits == 3
    assert transport.counters.sent == 1


async def test_a_send_buffer_that_stays_full_is_a_timeout(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FullBuffer, "full", 10_000)
    monkeypatch.setattr(socket, "socket", FullBuffer)
    with pytest.raises(SnmpTimeout):
        await ask(transport, ("127.0.0.1", 9), SHORT_S)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=50))
async def test_no_datagram_makes_the_reader_raise(datagrams: list[bytes]) -> None:
    transport = Transport()
    for data in datagrams:
        transport._deliver(data, ("192.0.2.1", 161))
    counters = transport.counters
    assert counters.received == len(datagrams) == counters.undecodable + counters.unknown


def test_ids_are_random_and_have_31_bits() -> None:
    ids = {Transport().new_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(0 <= number < 2**31 for number in ids)


def test_the_memory_of_old_requests_is_bounded() -> None:
    recent = Recent(limit=3)
    for number in (1, 2, 3, 1, 4, 5):
        recent.add(number, answered=number == 1)
    assert [recent.answered(number) for number in (1, 2, 3, 4, 5)] == [True, None, None, False, False]


def test_a_smaller_path_mtu_does_not_end_a_request() -> None:
    assert icmp.meaning(90) is None
