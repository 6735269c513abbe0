"""Version 3, clause by clause: who is refused, and with which report."""

import hmac
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator.snmp.manager import START, read_pdu, request
from simulator.snmp.province import equipment

from simulator.snmp import ber, privacy, usm, v3
from simulator.snmp.ber import Oid
from simulator.snmp.credential import User
from simulator.snmp.device import Device
from simulator.snmp.keys import MACS, Keys, keys
from simulator.snmp.system import SYSTEM

NAME: Oid = (*SYSTEM, 5, 0)
USER = User("mangrove", "sha256", "auth-password", "aes128", "priv-password")
KEYS = keys(USER)
ENGINE = usm.engine_id("rt")
LEVEL = v3.AUTH | v3.PRIV


def made() -> Device:
    return equipment(wanted=USER, max_size=1472).devices["rt"]


@dataclass(frozen=True)
class Asking:
    """How a message is to be; `keys` are what the manager believes."""

    engine: bytes = ENGINE
    boots: int = 0
    time: int = 0
    user: bytes = b"mangrove"
    flags: int = LEVEL | v3.REPORTABLE
    keys: Keys = KEYS
    max_size: int = 65_000
    context_engine: bytes = ENGINE
    context: bytes = b""
    salt: bytes = b"saltsalt"
    request_id: int = 77
    spoil: int = 0

    def message(self, pdu: int = ber.GET, *names: Oid, second: int = 0) -> bytes:
        auth, private = self.keys.localized(self.engine)
        varbinds = b"".join(ber.varbind(name, b"\x05\x00") for name in names or (NAME,))
        asked = ber.response(ber.integer(self.request_id), 0, second, varbinds, pdu)
        data = v3.encode_scoped(self.context_engine, self.context, asked)
        salt, mac = b"", b""
        if self.flags & v3.PRIV:
            salt = self.salt
            data = privacy.encrypt(data, private, self.boots, self.time, salt) if len(salt) == 8 else b"?"
        if self.flags & v3.AUTH:
            mac = bytes(MACS[USER.auth])
        when = (self.boots, self.time)
        message = (ber.integer(5), self.max_size, self.flags, self.engine, *when, self.user, mac, 0, salt, data)
        octets, at = v3.encode(v3.Message(*message))
        if mac:
            digest = hmac.digest(auth, octets, USER.auth)[: len(mac)]
            digest = bytes((digest[0] ^ self.spoil,)) + digest[1:]
            octets = octets[:at] + digest + octets[at + len(mac) :]
        return octets


def met(device: Device, at: int = START) -> Asking:
    """What a manager knows after discovery and time synchronisation, as the device tells it."""
    told = v3.decode(answered(device, Asking(engine=b"", flags=v3.REPORTABLE).message(), at))
    assert told.flags == 0
    asking = Asking(engine=told.engine, context_engine=told.engine)
    told = v3.decode(answered(device, replace(asking, flags=v3.AUTH | v3.REPORTABLE).message(), at))
    assert told.flags == v3.AUTH
    return replace(asking, boots=told.boots, time=told.time)


def answered(device: Device, message: bytes, at: int = START) -> bytes:
    response = device.answer(message, at)
    assert response is not None
    return response


def report(device: Device, asking: Asking, at: int = START) -> tuple[Oid, int, int]:
    """The counter of a report, its value and the request-id."""
    message = v3.decode(answered(device, asking.message(), at))
    scoped = v3.decode_scoped(plain(message))
    assert scoped.pdu[0] == ber.REPORT
    reply = read_pdu(scoped.pdu)
    ((name, value),) = reply.varbinds
    assert isinstance(value, int)
    return name, value, reply.request_id


def plain(message: v3.Message) -> bytes:
    if not message.flags & v3.PRIV:
        return message.data
    _, private = KEYS.localized(message.engine)
    return privacy.decrypt(message.data, private, message.boots, message.time, message.salt)


@pytest.mark.parametrize(
    ("auth", "stretched", "localized"),
    [
        ("md5", "9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"),
        ("sha1", "9fb5cc0381497b3793528939ff788d5d79145211", "6695febc9288e36282235fc7151f128497b38f3f"),
    ],
)
def test_keys_are_those_of_the_examples_of_the_rfc(auth: str, stretched: str, localized: str) -> None:
    """RFC 3414 appendix A.3."""
    known = keys(User("", auth, "maplesyrup"))  # type: ignore[arg-type]
    assert known.auth.hex() == stretched
    assert known.localized(bytes(11) + b"\x02") == (bytes.fromhex(localized), b"")


def test_a_manager_finds_the_engine_then_its_time_and_then_is_answered() -> None:
    device = made()
    asking = met(device)
    assert (asking.engine, asking.time) == (ENGINE, ber_uptime(device) // 100)
    message = v3.decode(answered(device, asking.message()))
    assert (message.flags, message.id) == (LEVEL, ber.integer(5))
    scoped = v3.decode_scoped(plain(message))
    assert (scoped.engine, scoped.name) == (ENGINE, b"")
    reply = read_pdu(scoped.pdu)
    assert (reply.request_id, reply.varbinds) == (77, [(NAME, b"rt")])


def ber_uptime(device: Device) -> int:
    return device.mib.readers[0](START)[0]


@pytest.mark.parametrize(
    ("change", "counter"),
    [
        ({"engine": b"another"}, usm.UNKNOWN_ENGINES),
        ({"user": b"nobody"}, usm.UNKNOWN_USERS),
        ({"spoil": 1}, usm.WRONG_DIGESTS),
        ({"keys": keys(User("", "sha256", "wrong-password", "aes128", "priv-password"))}, usm.WRONG_DIGESTS),
        ({"salt": b"short"}, usm.DECRYPTION_ERRORS),
        ({"context_engine": b"another"}, usm.UNKNOWN_HANDLERS),
        ({"context": b"vrf"}, usm.UNKNOWN_CONTEXTS),
    ],
)
def test_what_is_wrong_is_reported_with_its_counter_which_counts(change: dict[str, object], counter: Oid) -> None:
    device = made()
    asking = replace(met(device), **change)  # type: ignore[arg-type]
    first = report(device, asking)
    assert first[0] == counter
    assert report(device, asking)[:2] == (counter, first[1] + 1)
    assert device.answer(replace(asking, flags=LEVEL).message(), START) is None  # not reportable
    assert report(device, asking)[1] == first[1] + 3


def test_the_request_id_comes_back_in_a_report_where_it_can_be_read() -> None:
    device = made()
    assert report(device, Asking(engine=b"", flags=v3.REPORTABLE))[2] == 77
    assert report(device, replace(met(device), spoil=1))[2] == 0  # encrypted


def test_a_level_that_the_user_does_not_have_is_reported_and_a_lower_one_is_no_access() -> None:
    device = equipment(wanted=User("mangrove", "sha256", "auth-password")).devices["rt"]
    assert report(device, met(device))[0] == usm.UNSUPPORTED_LEVELS
    device = made()
    for flags in (0, v3.AUTH):
        message = v3.decode(answered(device, replace(met(device), flags=flags | v3.REPORTABLE).message()))
        assert message.flags == flags
        assert read_pdu(v3.decode_scoped(message.data).pdu).status == 16


@pytest.mark.parametrize("off", [-151, -150, 150, 151])
def test_the_time_window_is_150_seconds_wide_either_way(off: int) -> None:
    device = made()
    asking = met(device)
    asking = replace(asking, time=asking.time + off)
    if abs(off) > 150:
        assert report(device, asking)[0] == usm.NOT_IN_TIME
    else:
        assert read_pdu(v3.decode_scoped(plain(v3.decode(answered(device, asking.message())))).pdu).status == 0


def test_after_a_reboot_boots_are_one_more_time_starts_anew_and_the_old_is_not_in_time() -> None:
    device = made()
    before = met(device)
    device.reboot(START + 500)
    assert device.answer(before.message(), START) is None
    assert report(device, before, START + 700)[0] == usm.NOT_IN_TIME
    after = met(device, START + 700)
    assert (after.engine, after.boots, after.time) == (before.engine, before.boots + 1, 2)


def test_engines_have_ids_of_their_own() -> None:
    devices = equipment(wanted=USER).devices
    assert len({met(device).engine for device in devices.values()}) == len(devices)


def test_no_salt_is_used_twice() -> None:
    device = made()
    asking = met(device)
    salts = [v3.decode(answered(device, asking.message())).salt for _ in range(20)]
    assert len(set(salts)) == 20


@settings(deadline=None, max_examples=40)
@given(st.integers(484, 3_000), st.integers(0, 60))
def test_a_response_is_no_longer_than_the_manager_can_take(size: int, repetitions: int) -> None:
    asking = replace(met(DEVICE), max_size=size)
    response = answered(DEVICE, asking.message(ber.GETBULK, (1, 3), second=repetitions))
    assert len(response) <= min(size, 1472)
    reply = read_pdu(v3.decode_scoped(plain(v3.decode(response))).pdu)
    assert reply.names == DEVICE.mib.layout.names[: len(reply.names)]
    assert len(reply.names) == repetitions or len(response) > min(size, 1472) - 300


DEVICE = made()
WHOLE = met(DEVICE).message()


def test_version_2c_is_not_answered_by_who_wants_version_3() -> None:
    assert DEVICE.answer(request(ber.GET, [NAME]), START) is None


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, len(WHOLE)),
)
def test_a_damaged_message_is_reported_or_dropped_and_never_answered(
    changes: list[tuple[int, int]], length: int
) -> None:
    data = bytearray(WHOLE)
    for at, octet in changes:
        data[at] = octet
    for damaged in (bytes(data), bytes(data[:length]), bytes(data) + WHOLE[:length]):
        response = DEVICE.answer(damaged, START)
        if response is not None and damaged != WHOLE:
            assert v3.decode_scoped(v3.decode(response).data).pdu[0] == ber.REPORT
    assert v3.decode(answered(DEVICE, WHOLE)).flags == LEVEL


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_what_is_vouched_for_may_be_garbage_inside(garbage: bytes) -> None:
    asking = met(DEVICE)
    auth, private = KEYS.localized(ENGINE)
    data = privacy.encrypt(garbage, private, asking.boots, asking.time, b"saltsalt")
    when, mac = (asking.boots, asking.time), bytes(24)
    message = (ber.integer(5), 1472, LEVEL, ENGINE, *when, b"mangrove", mac, 0, b"saltsalt", data)
    octets, at = v3.encode(v3.Message(*message))
    octets = octets[:at] + hmac.digest(auth, octets, "sha256")[:24] + octets[at + 24 :]
    response = DEVICE.answer(octets, START)
    assert response is None or len(response) <= 1472
