"""Both directions against pysnmp's version 3, for every user."""

import pytest
from agents.snmp.pysnmp_values import OIDS, VALUES
from agents.snmp.usm.pysnmp_engine import PysnmpDevice
from agents.snmp.usm.users import ask as ask_device
from agents.snmp.usm.users import every_user
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.snmp.message import message_id
from agents.snmp.names import Kind
from agents.snmp.pdu import Oid, Varbind
from agents.snmp.usm.security import UserSecurity
from agents.snmp.usm.user import User
from agents.snmp.varbinds import encode_question

USERS = list(every_user())
IDS = st.integers(0, 2**31 - 1)
VARBINDS = st.lists(st.builds(lambda name, typed: Varbind(name, *typed), OIDS, VALUES), max_size=8)
KINDS = st.sampled_from([Kind.GET, Kind.GETNEXT, Kind.GETBULK])


@pytest.fixture(scope="module")
def device() -> PysnmpDevice:
    """With all users."""
    return PysnmpDevice(USERS)


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.name.decode())
@settings(deadline=None, max_examples=6)
@given(
    kind=KINDS, request_id=IDS, oids=st.lists(OIDS, max_size=8), third=IDS, varbinds=VARBINDS, status=st.integers(0, 18)
)
def test_each_reads_what_the_other_writes(
    device: PysnmpDevice,
    user: User,
    kind: Kind,
    request_id: int,
    oids: list[Oid],
    third: int,
    varbinds: list[Varbind],
    status: int,
) -> None:
    device.asked, device.varbinds, device.numbers = None, varbinds, (status, 3)
    asked = b"".join(map(encode_question, oids))
    security = UserSecurity(user)
    answer = ask_device(security, device.answer, request_id=request_id, kind=kind, varbinds=asked, repetitions=third)
    level = 1 + bool(user.auth) + bool(user.privacy)
    assert device.asked == (level, b"", kind, 0, third if kind is Kind.GETBULK else 0, oids)
    assert (answer.request_id, answer.error_status, answer.error_index) == (request_id, status, 3)
    assert answer.response().varbinds == varbinds


@pytest.mark.parametrize("user", USERS[:3], ids=lambda user: user.name.decode())
def test_the_context_reaches_the_device_and_must_come_back(device: PysnmpDevice, user: User) -> None:
    inner = User(user.name, user.auth, user.auth_password, user.privacy, user.privacy_password, b"vrf-data")
    device.varbinds, device.numbers = [], (0, 0)
    assert ask_device(UserSecurity(inner), device.answer).response().varbinds == []
    assert device.asked is not None
    assert device.asked[1] == b"vrf-data"


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.name.decode())
def test_question_and_reply_are_paired_by_msg_id_however_short_they_are_cut(device: PysnmpDevice, user: User) -> None:
    security = UserSecurity(user)
    ask_device(security, device.answer)
    question = security.encode(Kind.GET, 0x01020304, encode_question((1, 3, 6, 1)) * 20)
    reply = device.answer(question)
    for data in (question, reply):
        end = data.index(bytes.fromhex("020401020304")) + 6
        assert {message_id(data[:length]) for length in range(end, len(data) + 1)} == {0x01020304}
