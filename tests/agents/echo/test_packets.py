"""Echo messages are those of the RFCs, and whatever else comes is refused and nothing more."""

import socket
import struct
import time
from collections.abc import Callable

import pytest
from agents.echo.peer import reply as answer
from hypothesis import given
from hypothesis import strategies as st

from agents.echo.packets import Echo, NoEchoError, checksum_of, quoted, reply, request

FAMILIES = pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["ipv4", "ipv6"])
NUMBERS = st.integers(0, 0xFFFF)
EIGHT = st.binary(min_size=8, max_size=8)
ECHOES = st.builds(Echo, NUMBERS, NUMBERS, EIGHT, EIGHT)
ECHO = Echo(0x1234, 7, b"markmark", b"tokentok")
IP_HEADER = bytes.fromhex("4500002c000100004001 0000 7f000001 7f000001")


def read(how: Callable[..., Echo], *given: object, **also: object) -> Echo | None:
    """What is read; None where it is no echo, with a reason that is short."""
    try:
        return how(*given, **also)
    except NoEchoError as error:
        if len(str(error)) > 100:
            raise
        return None


def raw(message: bytes, header: bytes = IP_HEADER) -> bytes:
    """A message as a raw IPv4 socket gives it, its checksum right."""
    body = message[:2] + b"\0\0" + message[4:]
    return header + body[:2] + struct.pack("!H", checksum_of(body)) + body[4:]


def test_a_request_has_the_octets_of_rfc_792_and_rfc_4443() -> None:
    assert request(socket.AF_INET, ECHO) == bytes.fromhex("0800 6876 1234 0007") + b"markmarktokentok"
    assert request(socket.AF_INET6, ECHO) == bytes.fromhex("8000 0000 1234 0007") + b"markmarktokentok"


@given(st.binary(max_size=200))
def test_a_message_with_its_checksum_sums_up_to_nothing(data: bytes) -> None:
    message = b"\x08\0\0\0" + data
    whole = message[:2] + struct.pack("!H", checksum_of(message)) + message[4:]
    assert checksum_of(whole) == 0


@FAMILIES
@given(echo=ECHOES)
def test_a_reply_names_the_request_that_it_is_of(family: socket.AddressFamily, echo: Echo) -> None:
    sent = request(family, echo)
    assert quoted(family, sent) == echo
    assert reply(family, answer(sent, family), raw=False) == echo
    if family is socket.AF_INET:
        assert reply(family, raw(answer(sent)), raw=True) == echo


@FAMILIES
def test_an_error_that_quotes_only_the_header_names_the_numbers(family: socket.AddressFamily) -> None:
    assert quoted(family, request(family, ECHO)[:8]) == Echo(0x1234, 7, b"", b"")


@FAMILIES
@pytest.mark.parametrize("raw_socket", [False, True], ids=["datagram", "raw"])
def test_every_length_and_every_flipped_bit_is_refused_or_another_echo(
    family: socket.AddressFamily, raw_socket: bool
) -> None:
    whole = answer(request(family, ECHO), family)
    if raw_socket and family is socket.AF_INET:
        whole = raw(whole)
    assert reply(family, whole, raw=raw_socket) == ECHO
    for length in range(len(whole)):
        with pytest.raises(NoEchoError):
            reply(family, whole[:length], raw=raw_socket)
    with pytest.raises(NoEchoError):
        reply(family, whole + b"\0", raw=raw_socket)
    for bit in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            found = reply(family, bytes(changed), raw=raw_socket)
        except NoEchoError:
            continue
        in_ip_header = raw_socket and family is socket.AF_INET and bit < 8 * len(IP_HEADER)
        in_checksum = bit // 8 in (2, 3)  # the kernel has checked it for every socket but a raw IPv4 one
        assert found != ECHO or in_ip_header or in_checksum


def test_options_of_the_ip_header_are_passed_over() -> None:
    options = bytes([0x46]) + IP_HEADER[1:] + b"\x94\x04\0\0"  # router alert, RFC 2113
    assert reply(socket.AF_INET, raw(answer(request(socket.AF_INET, ECHO)), options), raw=True) == ECHO


@FAMILIES
@given(message=st.binary(max_size=300), raw_socket=st.booleans())
def test_noise_is_no_echo_and_nothing_else_escapes(
    family: socket.AddressFamily, message: bytes, raw_socket: bool
) -> None:
    for found in (read(reply, family, message, raw=raw_socket), read(quoted, family, message)):
        assert found is None or 0 <= found.identifier <= 0xFFFF


@FAMILIES
@pytest.mark.parametrize("filling", [b"\0", b"\x45", b"\xff", b"\x81"])
def test_the_largest_message_costs_less_than_5_ms_for_100_kb(family: socket.AddressFamily, filling: bytes) -> None:
    message, least = IP_HEADER + filling * (1 << 20), float("inf")
    for _ in range(5):
        begun = time.process_time()
        for raw_socket in (False, True):
            with pytest.raises(NoEchoError):
                reply(family, message, raw=raw_socket)
        least = min(least, time.process_time() - begun)
    assert least <= 2 * 10.5 * 0.005
