"""net-snmp's snmptrap and snmpinform, all versions, against the listener."""

import asyncio
from pathlib import Path

import pytest
from agents.traps.listening import DOWN, GUARD, LINK_DOWN, NOC, listening
from agents.traps.messages import Device
from agents.waiting import until
from servers.snmpd import V3User
from servers.snmptrap import Sender

from agents.snmp.usm.protocols import PRIVACY, AuthName, PrivacyName
from agents.snmp.usm.user import User
from agents.traps.keyring import Keyring
from agents.traps.receiver import Receiver, ReportedError, UnreadableError

ENGINE = "8000000001020304"


async def test_traps_of_all_versions_become_alarms_of_their_device(tmp_path: Path) -> None:
    async with listening("127.0.0.2", "127.0.0.3") as site:
        sender = Sender(site.port, tmp_path, "127.0.0.3")
        await asyncio.to_thread(sender.trap, LINK_DOWN, DOWN)
        await asyncio.to_thread(sender.v1, 2, DOWN)
        await asyncio.to_thread(sender.trap_v3, NOC, LINK_DOWN, DOWN, engine=ENGINE)
        await asyncio.to_thread(sender.trap_v3, GUARD, LINK_DOWN, DOWN, engine=ENGINE)
        await until(lambda: len(site.batches) == 4)
        assert site.refused == {}
    assert [batch.device for batch in site.batches] == ["d-1"] * 4
    assert site.hints == ["d-1"] * 4
    for batch, version in zip(site.batches, ("v2c", "v1", "v3", "v3"), strict=True):
        assert (batch.kind, batch.assignment, batch.synced) == ("trap", "1-abcd", True)
        assert batch.trap is not None
        assert (batch.trap.version, batch.trap.oid, batch.trap.inform) == (version, LINK_DOWN, False)
        alarm = batch.trap.alarm
        assert alarm is not None
        assert (alarm.type, alarm.entity, alarm.state, alarm.severity) == ("link_down", "5", "raised", "major")
        assert alarm.en == "Interface 5 ge-0/0/5 is down"
        assert batch.tables[0].rows == [["link_down", "5", 4]]


async def test_informs_are_answered_once_their_batch_is_durable(tmp_path: Path) -> None:
    async with listening() as site:
        sender = Sender(site.port, tmp_path)
        assert await asyncio.to_thread(sender.inform, LINK_DOWN, DOWN)
        assert await asyncio.to_thread(sender.inform_v3, NOC, LINK_DOWN, DOWN)
        assert await asyncio.to_thread(sender.inform_v3, GUARD, LINK_DOWN, DOWN)
        assert site.hearing.informs.counts.answered == 3
    assert [batch.trap and batch.trap.inform for batch in site.batches] == [True] * 3


async def test_an_inform_is_not_answered_while_the_disk_fails(tmp_path: Path) -> None:
    async with listening() as site:
        site.disk_is_good = False
        sender = Sender(site.port, tmp_path)
        assert not await asyncio.to_thread(sender.inform, LINK_DOWN, DOWN, wait_s=1)
        assert not await asyncio.to_thread(sender.inform_v3, NOC, LINK_DOWN, DOWN, wait_s=1)
        assert len(site.batches) == 2
        assert site.hearing.informs.counts.answered == 0


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        (V3User("nobody", "SHA-256", "a password of noc", "AES", "another one of noc"), "user"),
        (V3User("noc", "SHA-256", "a wrong password", "AES", "another one of noc"), "auth"),
        (V3User("noc", "SHA-256", "a password of noc"), "level"),
        (V3User("noc"), "level"),
        (V3User("noc", "SHA-256", "a password of noc", "AES", "a wrong password"), "undecodable"),
    ],
)
async def test_who_does_not_know_the_passwords_is_refused_and_counted(
    tmp_path: Path, user: V3User, reason: str
) -> None:
    async with listening() as site:
        sender = Sender(site.port, tmp_path)
        await asyncio.to_thread(sender.trap_v3, user, LINK_DOWN, DOWN, engine=ENGINE)
        await until(lambda: site.refused == {reason: 1})
        assert site.batches == []
        assert not await asyncio.to_thread(sender.inform_v3, user, LINK_DOWN, DOWN, wait_s=1)
        assert site.batches == []


async def test_other_communities_versions_and_devices_are_refused_and_counted(tmp_path: Path) -> None:
    async with listening("127.0.0.2") as site:
        known, stranger = Sender(site.port, tmp_path, "127.0.0.2"), Sender(site.port, tmp_path, "127.0.0.9")
        await asyncio.to_thread(known.trap, LINK_DOWN, DOWN, community="guess")
        await asyncio.to_thread(known.trap, LINK_DOWN, DOWN, community="v1only")
        await asyncio.to_thread(stranger.trap, LINK_DOWN, DOWN)
        assert not await asyncio.to_thread(stranger.inform, LINK_DOWN, DOWN, wait_s=1)
        await until(lambda: site.refused == {"community": 1, "version": 1, "unknown_device": 2})
        assert site.batches == []


async def test_notifications_come_over_ipv6_too(tmp_path: Path) -> None:
    async with listening("::1", host="[::1]") as site:
        sender = Sender(site.port, tmp_path, host="::1")
        await asyncio.to_thread(sender.trap, LINK_DOWN, DOWN)
        await asyncio.to_thread(sender.trap_v3, NOC, LINK_DOWN, DOWN, engine=ENGINE)
        assert await asyncio.to_thread(sender.inform, LINK_DOWN, DOWN)
        assert await asyncio.to_thread(sender.inform_v3, GUARD, LINK_DOWN, DOWN)
        await until(lambda: len(site.batches) == 4)
        assert site.refused == {}
    assert {batch.device for batch in site.batches} == {"d-0"}


PROTOCOLS = [
    ("SHA", "AES", "sha1", "aes128"),
    ("SHA-384", "DES", "sha384", "des"),
    ("SHA-512", "AES", "sha512", "aes128"),
]


@pytest.mark.parametrize(("auth", "privacy", "our_auth", "our_privacy"), PROTOCOLS)
async def test_each_protocol_that_net_snmp_has_is_understood(
    tmp_path: Path, auth: str, privacy: str, our_auth: AuthName, our_privacy: PrivacyName
) -> None:
    theirs = V3User("one", auth, "a password of one", privacy, "another one of one")
    ours = User(b"one", our_auth, b"a password of one", our_privacy, b"another one of one")
    async with listening(keys=Keyring({}, {"one": ours})) as site:
        sender = Sender(site.port, tmp_path)
        await asyncio.to_thread(sender.trap_v3, theirs, LINK_DOWN, DOWN, engine=ENGINE)
        assert await asyncio.to_thread(sender.inform_v3, theirs, LINK_DOWN, DOWN)
        await until(lambda: len(site.batches) == 2)
        assert site.refused == {}


@pytest.mark.parametrize("name", list(PRIVACY))
def test_each_cipher_that_we_have_is_one_that_pysnmp_reads(name: PrivacyName) -> None:
    user = User(b"one", "sha256", b"a password of one", name, b"another one of one")
    receiver = Receiver(b"\x80\0\0\0\5us", 1, lambda *_: None)
    receiver.learn(user)
    packet = Device(user, b"\x80\0\0\0\5us").trap(1, 1, kind=0xA6)
    receiver.receive(packet, ("127.0.0.1", 1)).forget()
    with pytest.raises(UnreadableError):
        receiver.receive(packet[:-1] + bytes([packet[-1] ^ 1]), ("127.0.0.1", 1))
    with pytest.raises(ReportedError):
        receiver.receive(Device(user, b"\x80\0\0\0\5us").trap(0, 0, kind=0xA6), ("127.0.0.1", 1))
