"""Version 3 against net-snmp's agent, with every user that it knows."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from agents.snmp.usm.real_users import real
from agents.snmp.usm.users import NOBODY, every_user, named
from servers.snmpd import Snmpd

from agents.snmp.errors import SnmpError
from agents.snmp.message import Community
from agents.snmp.names import OCTET_STRING, Version
from agents.snmp.pdu import Oid, Varbind
from agents.snmp.security import Security
from agents.snmp.session import Session
from agents.snmp.transport import Transport
from agents.snmp.usm.security import UserSecurity
from agents.snmp.usm.user import User

SYS_NAME: Oid = (1, 3, 6, 1, 2, 1, 1, 5, 0)
STEADY: list[Oid] = [(1, 3, 6, 1, 2, 1, 2, 2, 1, column) for column in (1, 2, 3, 5, 6, 7)]
USER = named("sha256-aes128")
ENGINE = "exactEngineID 0x80001f8804616e79"


def session(transport: Transport, snmpd: Snmpd, security: Security, host: str = "") -> Session:
    return Session(transport, (host or snmpd.host, snmpd.port), security, timeout_s=5)


def name(snmpd: Snmpd) -> list[Varbind]:
    return [Varbind(SYS_NAME, OCTET_STRING, snmpd.sys_name.encode())]


def restart(snmpd: Snmpd, lines: Sequence[str]) -> None:
    """End it, add lines to its configuration, start it."""
    snmpd.stop()
    with snmpd.configuration.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    snmpd.start()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("user", list(every_user()), ids=lambda user: user.name.decode())
async def test_get_and_walk_bring_what_version_2c_brings(
    transport: Transport, v3_snmpd: Snmpd, user: User, host: str
) -> None:
    asking = session(transport, v3_snmpd, UserSecurity(user), host)
    assert await asking.get([SYS_NAME]) == name(v3_snmpd)
    assert asking.traffic.packets_out == 2
    assert (asking.traffic.requests, asking.traffic.retries) == (1, 0)
    in_the_clear = session(transport, v3_snmpd, Community(Version.V2C, v3_snmpd.community.encode()))
    expected, found = await in_the_clear.walk(STEADY), await asking.walk(STEADY)
    assert (found.error, found.varbinds) == (None, expected.varbinds)
    assert all(found.varbinds[:2])
    assert asking.traffic.packets_out == 1 + asking.traffic.requests


async def test_the_whole_mib_is_walked_in_large_encrypted_replies(transport: Transport, v3_snmpd: Snmpd) -> None:
    link = (v3_snmpd.host, v3_snmpd.port)
    walk = await Session(transport, link, UserSecurity(USER), timeout_s=5, max_repetitions=100).walk([(1, 3)])
    assert walk.error is None
    assert len(walk.varbinds[0]) > 200


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        (replace(USER, auth_password=b"wrong password"), "`auth_password`"),
        (replace(USER, auth="sha512"), "check `auth`"),
        (replace(USER, name=b"who"), "no such user"),
        (User(b"who"), "no such user"),
        (replace(named("sha256"), privacy="aes128", privacy_password=b"not on the device"), "security level"),
        (replace(USER, privacy=None), "AUTHORIZATION_ERROR"),
        (User(USER.name), "AUTHORIZATION_ERROR"),
    ],
)
async def test_a_refusal_is_auth_with_its_reason(
    transport: Transport, v3_snmpd: Snmpd, user: User, reason: str
) -> None:
    asking = session(transport, v3_snmpd, UserSecurity(user))
    for _ in range(2):
        with pytest.raises(SnmpError, match=reason) as caught:
            await asking.get([SYS_NAME])
        assert caught.value.outcome == "auth"


@pytest.mark.parametrize(
    "user",
    [
        replace(USER, privacy_password=b"wrong password"),
        replace(USER, privacy="aes256"),
        replace(named("sha1-des"), privacy_password=b"wrong password"),
        replace(USER, context=b"nowhere"),
    ],
)
async def test_what_the_device_silently_drops_is_auth_too_as_it_is_there(
    transport: Transport, v3_snmpd: Snmpd, user: User
) -> None:
    address = v3_snmpd.host, v3_snmpd.port
    asking = Session(transport, address, UserSecurity(user), timeout_s=1, retries=0)
    for _ in range(2):
        with pytest.raises(SnmpError, match=r"`privacy`|`context`") as caught:
            await asking.get([SYS_NAME])
        assert caught.value.outcome == "auth"


@pytest.fixture
def mine(tmp_path: Path) -> Snmpd:
    """An agent of the test's own with a few users, not started yet."""
    return Snmpd(tmp_path, users=[real(USER), real(NOBODY)])


async def test_a_restart_is_followed_and_boots_that_go_back_are_refused_once(transport: Transport, mine: Snmpd) -> None:
    asking = session(transport, mine, UserSecurity(USER))
    restart(mine, [ENGINE, ENGINE.replace("exactEngine", "oldEngine"), "engineBoots 7"])  # of the same engine as before
    with mine:
        assert await asking.get([SYS_NAME]) == name(mine)
        restart(mine, ["engineBoots 8"])
        before = asking.traffic.packets_out
        assert await asking.get([SYS_NAME]) == name(mine)
        assert await asking.get([SYS_NAME]) == name(mine)
        assert asking.traffic.packets_out - before == 3  # one of them was refused, and told the new boots
        restart(mine, ["engineBoots 3"])
        with pytest.raises(SnmpError, match="boots went back from 9 to 4") as caught:
            await asking.get([SYS_NAME])
        assert caught.value.outcome == "auth"
        assert await asking.get([SYS_NAME]) == name(mine)


@pytest.mark.parametrize("user", [USER, NOBODY], ids=lambda user: user.name.decode())
async def test_a_replaced_device_is_told_once_and_answers_in_the_same_question(
    transport: Transport, mine: Snmpd, caplog: pytest.LogCaptureFixture, user: User
) -> None:
    asking = session(transport, mine, UserSecurity(user, "rt-nam-can-01"))
    with mine:
        assert await asking.get([SYS_NAME]) == name(mine)
        restart(mine, [ENGINE])
        with caplog.at_level(logging.WARNING):
            assert [await asking.get([SYS_NAME]) for _ in range(3)] == [name(mine)] * 3
    (told,) = [record.getMessage() for record in caplog.records if record.name.startswith("agents.")]
    assert told.startswith("the engine of rt-nam-can-01 is now 80001f8804616e79 and was ")
