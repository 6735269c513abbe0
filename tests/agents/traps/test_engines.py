"""Senders of version 3 are believed with the right code only, in their time, and only so many are remembered."""

import pytest
from agents.traps.listening import USERS
from agents.traps.messages import Device
from agents.traps.refusals import reason

from agents.snmp.usm.message import Message, read_message
from agents.snmp.usm.user import User
from agents.traps import engines as module
from agents.traps.engines import Engines

OWN = bytes.fromhex("8000000005aabbccdd")
WRONG = User(b"noc", "sha256", b"a guess of a password", "aes128", b"another guess")


def message(
    boots: int = 1, time: int = 100, *, user: User = USERS["noc"], engine: bytes = b"\x80\0\0\0\5one"
) -> Message:
    """What a device sends."""
    return read_message(Device(user, engine).trap(boots, time))


def test_an_engine_is_learned_from_its_first_authentic_message_and_not_before() -> None:
    engines = Engines(USERS, OWN)
    assert reason(engines.admit, message(user=WRONG), 0.0) == "auth"
    assert len(engines) == 0
    for n, user in enumerate((USERS["noc"], USERS["noc"], USERS["guard"])):
        assert not engines.admit(message(time=100 + n, user=user), float(n)).is_ours
    assert len(engines) == 1


@pytest.mark.parametrize(
    ("boots", "time", "now", "said"),
    [
        (5, 1100, 100.0, ""),
        (5, 900, 0.0, ""),  # overtaken on the way
        (6, 3, 0.0, ""),
        (5, 849, 0.0, "time_window"),
        (5, 1000, 151.0, "time_window"),  # sent again by somebody
        (4, 5000, 0.0, "time_window"),
        (2**31 - 1, 1, 0.0, "time_window"),
    ],
)
def test_an_old_message_is_refused_and_stays_so(boots: int, time: int, now: float, said: str) -> None:
    engines = Engines(USERS, OWN)
    engines.admit(message(5, 1000), 0.0)
    assert reason(engines.admit, message(boots, time), now) == said
    if said:
        assert reason(engines.admit, message(boots, time), now) == said
        assert reason(engines.admit, message(5, 1001 + int(now)), now) == ""


def test_who_lacks_a_password_cannot_fill_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ENGINES", 3)
    engines = Engines(USERS, OWN)
    for n in range(50):
        assert reason(engines.admit, message(user=WRONG, engine=b"\x80\0\0\0\5%d" % n), 0.0) == "auth"
    for n in range(5):
        found = reason(engines.admit, message(engine=b"\x80\0\0\0\5%d" % n), 0.0)
        assert found == ("" if n < 3 else "engines")
    assert len(engines) == 3
    assert reason(engines.admit, message(engine=b"\x80\0\0\0\0050", time=101), 0.0) == ""


def test_what_is_addressed_to_us_is_not_held_to_a_sender_s_clock() -> None:
    engines = Engines(USERS, OWN)
    assert engines.admit(message(9, 9, engine=OWN), 0.0).is_ours
    assert engines.admit(message(1, 1, engine=OWN), 0.0).is_ours
    assert len(engines) == 0


@pytest.mark.parametrize("engine", [b"", b"1234", bytes(32) + b"1"])
def test_an_engine_id_of_a_length_that_none_has_is_refused(engine: bytes) -> None:
    packet = Device(USERS["noc"], engine).trap(1, 1)
    if len(engine) <= 32:
        assert reason(Engines(USERS, OWN).admit, read_message(packet), 0.0) == "undecodable"
