"""Replies that are changed on the way, and devices that never come to an end."""

import itertools
from collections.abc import Callable
from functools import partial

import pytest
from agents.snmp.usm.udp import answering, ask_server
from agents.snmp.usm.users import ask, named
from agents.snmp.usm.usm_device import NOT_IN_TIME, UNKNOWN_ENGINE, UsmDevice
from hypothesis import given, settings
from hypothesis import strategies as st
from servers.snmpd import Snmpd

from agents.snmp.errors import SnmpError
from agents.snmp.message import message_id
from agents.snmp.session import Session
from agents.snmp.transport import Transport
from agents.snmp.usm.message import read_message
from agents.snmp.usm.security import UserSecurity
from agents.snmp.usm.user import User

SYS_NAME = (1, 3, 6, 1, 2, 1, 1, 5, 0)


class Flipping:
    """Between us and a device: flips a bit in octet `at` of each authenticated reply, none where that is negative."""

    def __init__(self, ask: Callable[[bytes], bytes]) -> None:
        self.at = -1
        self.length = 0
        self._ask = ask

    def __call__(self, question: bytes) -> bytes:
        """Answer for the device."""
        reply = bytearray(self._ask(question))
        if read_message(bytes(reply)).level and self.at >= 0:
            self.length = len(reply)
            reply[min(self.at, len(reply) - 1)] ^= 1 << (self.at % 8)
        return bytes(reply)


@pytest.mark.parametrize("name", ["md5-des", "sha256-aes128", "sha512-aes256c", "sha256"])
async def test_a_flipped_bit_in_any_octet_of_a_reply_is_refused(
    transport: Transport, v3_snmpd: Snmpd, name: str
) -> None:
    relay = Flipping(partial(ask_server, (v3_snmpd.host, v3_snmpd.port)))
    security = UserSecurity(named(name))
    async with answering(relay) as address:
        patient = Session(transport, address, security, timeout_s=5, retries=0)
        hasty = Session(transport, address, security, timeout_s=0.1, retries=0)
        right = await patient.read([SYS_NAME])
        assert right.error is None
        outcomes = []
        for relay.at in range(400):
            read = await hasty.read([SYS_NAME])
            assert (read.varbinds, isinstance(read.error, SnmpError)) == ([], True), f"octet {relay.at}"
            outcomes.append(read.error.outcome if read.error else "")
            if relay.at >= relay.length - 1 > 0:
                break
        assert outcomes.count("auth") > 80
        relay.at = -1
        assert await patient.read([SYS_NAME]) == right


async def test_a_device_that_is_always_another_is_not_asked_for_ever(transport: Transport) -> None:
    count = itertools.count()

    def another(question: bytes) -> bytes:
        return UsmDevice(named("sha1"), b"engine-%d" % next(count)).report(question, UNKNOWN_ENGINE)

    async with answering(another) as address:
        asking = Session(transport, address, UserSecurity(named("sha1")), timeout_s=5)
        read = await asking.read([SYS_NAME])
    assert read.error is not None
    assert (read.error.outcome, asking.traffic.packets_out) == ("auth", 4)
    assert "asked anew 3 times" in str(read.error)


@pytest.mark.parametrize(("authentic", "outcome"), [(True, "timeout"), (False, "auth")])
async def test_silence_after_a_report_is_doubt_about_the_user_unless_the_report_proved_that_it_knows_him(
    transport: Transport, authentic: bool, outcome: str
) -> None:
    user = named("sha1")
    device, security = UsmDevice(user), UserSecurity(user)
    ask(security, device.answer)
    device.boots += 1
    counter = NOT_IN_TIME if authentic else UNKNOWN_ENGINE
    said = itertools.count()

    def report_once(question: bytes) -> bytes:
        return b"" if next(said) else device.report(question, counter, authentic=authentic)

    async with answering(report_once) as address:
        asking = Session(transport, address, security, timeout_s=0.2, retries=1)
        read = await asking.read([SYS_NAME])
    assert read.error is not None
    assert (read.error.outcome, asking.traffic.packets_out, asking.traffic.retries) == (outcome, 3, 1)


async def test_silence_is_a_timeout_however_secure(transport: Transport) -> None:
    async with answering(lambda _: b"") as address:
        read = await Session(transport, address, UserSecurity(named("sha1")), timeout_s=0.1, retries=1).read([SYS_NAME])
    assert read.error is not None
    assert read.error.outcome == "timeout"


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(["nobody", "sha1", "sha256-aes128", "md5-des"]).map(named),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=4),
    st.integers(0, 200),
)
def test_a_mutated_message_is_read_or_is_an_error_of_ours(user: User, changes: list[tuple[int, int]], cut: int) -> None:
    device, security = UsmDevice(user), UserSecurity(user)
    question = security.encode(0xA0, 7, b"")  # type: ignore[arg-type]
    for made in (device.reply(question), device.report(question, UNKNOWN_ENGINE)):
        data = bytearray(made)
        for at, octet in changes:
            data[at % len(data)] = octet
        mutated = bytes(data[: len(data) - cut])
        for attempt in (read_message, message_id, security.decode):
            try:
                attempt(mutated)
            except SnmpError:
                continue


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=150))
def test_any_octets_are_a_message_or_an_error_of_ours(data: bytes) -> None:
    for attempt in (read_message, message_id, UserSecurity(named("sha1")).decode):
        try:
            attempt(data)
        except SnmpError:
            continue
