"""Where requests are sent from, and what becomes of a socket that dies."""

import errno
import os
import socket
from collections.abc import Callable

import pytest
from agents.snmp.scripted_device import UPTIME, reply, scripted_device

from agents.snmp.errors import SnmpTimeout, Unreachable
from agents.snmp.message import encode_request
from agents.snmp.names import Kind, Version
from agents.snmp.sockets import FAILURES, Opened, open_socket
from agents.snmp.transport import Address, Transport

LONG_S = 5.0
ELSEWHERE = "192.0.2.1"
"""RFC 5737: nobody has it."""


async def ask(transport: Transport, address: Address, timeout_s: float = LONG_S) -> bytes:
    number = transport.new_id()
    packet = encode_request(Version.V2C, b"public", Kind.GET, number, [UPTIME.oid])
    return await transport.request(address, packet, number, timeout_s)


@pytest.mark.parametrize(("source", "host"), [("127.0.0.2", "127.0.0.1"), ("::1", "::1")])
async def test_requests_come_from_the_source_that_was_asked_for(source: str, host: str) -> None:
    transport = Transport(sources=[source])
    try:
        async with scripted_device(lambda question: [reply(question, [UPTIME])], host=host) as device:
            await ask(transport, device.address)
    except OSError as error:
        pytest.skip(f"no IPv6 loopback: {error}")
    (opened,) = transport._sockets.opened.values()
    assert opened.sock.getsockname()[0] == source
    transport.close()


async def test_a_source_that_this_host_does_not_have_says_what_to_do() -> None:
    transport = Transport(sources=[ELSEWHERE])
    with pytest.raises(Unreachable, match=rf"source address {ELSEWHERE} is not one of this host: give one that"):
        await ask(transport, ("127.0.0.1", 161))
    assert transport.pending == 0
    transport.close()


async def test_a_source_of_one_family_leaves_the_other_alone() -> None:
    transport = Transport(sources=["::1"])
    async with scripted_device(lambda question: [reply(question, [UPTIME])]) as device:
        await ask(transport, device.address)
    transport.close()


@pytest.mark.parametrize(
    ("sources", "why"),
    [
        (["eth0"], "'eth0' is not an IP address: give a numeric address"),
        (["127.0.0.1", "127.0.0.2"], "127.0.0.1 and 127.0.0.2: give one per address family"),
    ],
)
def test_sources_that_are_none_are_refused_at_once(sources: list[str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Transport(sources)


def close(opened: Opened) -> None:
    opened.sock.close()


def close_behind_its_back(opened: Opened) -> None:
    os.close(opened.sock.fileno())


@pytest.mark.parametrize("kill", [close, close_behind_its_back])
async def test_a_socket_that_died_is_replaced_at_the_next_request(
    transport: Transport, kill: Callable[[Opened], None]
) -> None:
    async with scripted_device(lambda question: [reply(question, [UPTIME])]) as device:
        await ask(transport, device.address)
        for times in (1, 2):
            kill(transport._sockets.opened[socket.AF_INET])
            await ask(transport, device.address)
            assert transport.counters.reopened == times
        await ask(transport, device.address)
    assert transport.counters.delivered == 4
    assert len(transport._sockets.opened) == 1


class Unsendable(socket.socket):
    """Fails as Linux does when the bound address has gone."""

    def sendto(self, *arguments: object) -> int:  # noqa: ARG002
        """Fail."""
        raise OSError(errno.EINVAL, "Invalid argument")


class Unreadable(socket.socket):
    """Fails to read what is there."""

    def recvfrom(self, *arguments: object) -> tuple[bytes, object]:  # noqa: ARG002
        """Fail."""
        raise OSError(errno.EIO, "Input/output error")


def broken_first(monkeypatch: pytest.MonkeyPatch, broken: type[socket.socket]) -> None:
    """Have the next socket opened broken, and those after it whole."""
    opening = [broken]

    def opens(family: socket.AddressFamily, source: str | None = None) -> socket.socket:
        if not opening:
            return open_socket(family, source)
        sock = opening.pop()(family, socket.SOCK_DGRAM)
        sock.settimeout(0)
        return sock

    monkeypatch.setattr("agents.snmp.sockets.open_socket", opens)


async def test_a_socket_that_only_fails_is_replaced_after_some_requests(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_first(monkeypatch, Unsendable)
    async with scripted_device(lambda question: [reply(question, [UPTIME])]) as device:
        for _ in range(FAILURES):
            with pytest.raises(Unreachable, match="Invalid argument"):
                await ask(transport, device.address)
        await ask(transport, device.address)
    assert transport.counters.reopened == 1


async def test_a_socket_that_cannot_be_read_is_replaced_and_does_not_hold_the_loop(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_first(monkeypatch, Unreadable)
    async with scripted_device(lambda question: [reply(question, [UPTIME])]) as device:
        with pytest.raises(SnmpTimeout):
            await ask(transport, device.address, 0.1)
        await ask(transport, device.address)
    assert (transport.counters.reopened, transport.counters.socket_errors) == (1, FAILURES)


async def test_one_device_that_cannot_be_sent_to_costs_the_others_no_reply(transport: Transport) -> None:
    async with scripted_device(lambda question: [reply(question, [UPTIME])]) as device:
        for _ in range(3 * FAILURES):
            with pytest.raises(Unreachable):
                await ask(transport, ("127.0.0.1", 0))
            await ask(transport, device.address)
    assert transport.counters.reopened == 0
    assert transport.counters.delivered == 3 * FAILURES
