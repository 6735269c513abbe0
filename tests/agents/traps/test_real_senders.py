"""net-snmp's snmptrap and snmpinform, all versions, against the listener."""

import asyncio
from pathlib import Path

import pytest
from agents.traps.listening import DOWN, GUARD, LINK_DOWN, NOC, listening
from agents.waiting import until
from servers.snmpd import V3User
from servers.snmptrap import Sender

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
