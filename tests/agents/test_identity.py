"""A device whose profiles nobody named is read by those that fit it, and by others when it has become another one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from agents.snmp.scripted_device import Mib, Question, ScriptedDevice, scripted_device

from agents import identity as module
from agents import reading
from agents.decode import decode
from agents.identity import RECOGNISE_AGAIN_S, SYS_DESCR, SYS_OBJECT_ID
from agents.plan import SYS_UP_TIME
from agents.poller import Target, target
from agents.reading import Reading
from agents.snmp import instances, names
from agents.snmp.message import Community
from agents.snmp.names import Version
from agents.snmp.oids import Oid
from agents.snmp.transport import Transport
from contract.messages import AssignedDevice
from contract.profiles import parse_profiles

HUAWEI: Oid = (1, 3, 6, 1, 4, 1, 2011, 2, 23)
CISCO: Oid = (1, 3, 6, 1, 4, 1, 9, 1, 634)
UPS: Oid = (1, 3, 6, 1, 2, 1, 33, 1, 2, 1)


def _profile(match: str, measurement: str, oid: Oid, quirks: str = "") -> str:
    column = f"{{users: {{oid: {'.'.join(map(str, oid))}}}}}"
    table = f"tables: [{{measurement: {measurement}, scalar: true, columns: {column}}}]"
    return f"en: x\nvi: x\nmatch: {match}\n{quirks}\n{table}\n"


PROFILES = parse_profiles(
    {
        "huawei": _profile("{sys_object_id: [1.3.6.1.4.1.2011]}", "huawei", (*HUAWEI, 9), "quirks: {max_oids: 7}"),
        "cisco": _profile("{sys_object_id: [1.3.6.1.4.1.9]}", "cisco", (*CISCO, 9)),
        "ups": _profile("{has: [1.3.6.1.2.1.33.1.2.1]}", "ups", UPS),
    }
)


@dataclass
class Bench:
    """A device over its objects, polled at a time that the test says."""

    objects: dict[Oid, tuple[int, int | bytes | Oid]]
    device: ScriptedDevice
    polled: Target
    now: float = 1000.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def be(self, sys_object_id: Oid) -> None:
        """Become a device of that kind."""
        self.objects[SYS_OBJECT_ID] = (names.OBJECT_IDENTIFIER, sys_object_id)

    async def poll(self, seconds: float, *, booted: float = -500.0) -> tuple[Reading, set[str], list[Question]]:
        """Poll so many seconds after the start: the reading, the measurements, and what was asked."""
        self.now = 1000.0 + seconds
        self.objects[(*SYS_UP_TIME, 0)] = (names.TIME_TICKS, int((seconds - booted) * 100))
        before = len(self.device.questions)
        got = await self.polled.talk.read(patient=self.polled.answered)
        self.polled.answered = got.answered
        tables = decode(got.tables, self.polled.talk.counters).tables
        return got, {table.measurement for table in tables}, self.device.questions[before:]


@asynccontextmanager
async def bench(monkeypatch: pytest.MonkeyPatch, sys_object_id: Oid) -> AsyncIterator[Bench]:
    """A device that has all objects but those of a UPS, and no profiles of its own."""
    objects: dict[Oid, tuple[int, int | bytes | Oid]] = {
        SYS_DESCR: (names.OCTET_STRING, b"a router"),
        (*HUAWEI, 9, 0): (names.GAUGE32, 1),
        (*CISCO, 9, 0): (names.GAUGE32, 2),
    }
    transport = Transport()
    async with scripted_device(Mib(objects)) as device:
        known = AssignedDevice(
            id="rt", address=device.address[0], port=device.address[1], credential="-", interval_s=60, timeout_s=0.3,
            retries=0,
        )  # fmt: skip
        made = Bench(objects, device, target(known, PROFILES, "1-a", transport, Community(Version.V2C, b"public")))
        monkeypatch.setattr(reading, "time", made)
        monkeypatch.setattr(instances, "time", made)
        made.be(sys_object_id)
        yield made
    transport.close()


async def test_the_first_poll_finds_the_profiles_and_reads_by_them(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch, HUAWEI) as it:
        got, measurements, _ = await it.poll(0)
        assert (got.error, measurements) == (None, {"huawei"})
        _, measurements, asked = await it.poll(60)
        assert measurements == {"huawei"}
        assert [question.oids for question in asked] == [[(*SYS_UP_TIME, 0), (*HUAWEI, 9, 0)]]


async def test_evidence_is_looked_for_in_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch, HUAWEI) as it:
        it.objects[(*UPS, 0)] = (names.INTEGER, 2)
        _, measurements, _ = await it.poll(0)
        assert measurements == {"huawei", "ups"}


async def test_a_device_that_comes_back_as_another_one_is_read_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch, HUAWEI) as it:
        await it.poll(0)
        it.be(CISCO)
        assert (await it.poll(60))[1] == {"huawei"}  # nothing has said so yet
        assert (await it.poll(120, booted=110))[1] == {"cisco"}


async def test_what_it_has_got_meanwhile_is_found_within_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch, HUAWEI) as it:
        await it.poll(0)
        it.objects[(*UPS, 0)] = (names.INTEGER, 2)
        assert (await it.poll(60))[1] == {"huawei"}
        assert (await it.poll(RECOGNISE_AGAIN_S + 60))[1] == {"huawei", "ups"}


async def test_a_restart_of_the_same_device_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch, HUAWEI) as it:
        await it.poll(0)
        knowledge = it.polled.talk.knowledge
        assert (await it.poll(60, booted=50))[1] == {"huawei"}
        assert it.polled.talk.knowledge is knowledge


async def test_a_device_that_no_profile_fits_is_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch, (1, 3, 6, 1, 4, 1, 4)) as it:
        got, measurements, _ = await it.poll(0)
        assert (got.answered, measurements) == (True, set())
        assert isinstance(got.error, module.NoProfileError)
        assert str(got.error) == "no profile fits sysObjectID 1.3.6.1.4.1.4: name some in the inventory"


async def test_one_that_falls_silent_before_it_said_who_it_is_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch, HUAWEI) as it:
        true_script = it.device.script
        it.device.script = lambda question: true_script(question) if SYS_DESCR not in question.oids else []
        got, measurements, _ = await it.poll(0)
        assert got.error is not None
        assert (got.error.outcome, measurements) == ("timeout", set())
        it.device.script = true_script
        assert (await it.poll(60))[1] == {"huawei"}


async def test_a_dead_device_is_not_asked_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch, HUAWEI) as it:
        it.device.script = lambda _question: []
        for minute in range(3):
            asked = (await it.poll(60 * minute))[2]
            assert [question.oids for question in asked] == [[(*SYS_UP_TIME, 0)]]
