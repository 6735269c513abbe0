"""What is asked in a poll, and that it is never less than the truth: known instances by GET, a walk for a reason."""

import math
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from agents.snmp.scripted_device import Mib, Question, ScriptedDevice, refusal, reply, scripted_device

from agents import reading as module
from agents.decode import decode
from agents.knowledge import LEARN_AGAIN_S, Knowledge
from agents.layout import Layout, layout
from agents.plan import SYS_UP_TIME, plan
from agents.rate import Counters
from agents.reading import Conversation, Reading
from agents.snmp import instances, names
from agents.snmp.message import Community
from agents.snmp.names import Kind, Status, Version
from agents.snmp.oids import Oid
from agents.snmp.session import Session
from agents.snmp.transport import Transport
from contract.profiles import parse_profiles

ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
NAME, OCTETS, SPEED = (*ENTRY, 1), (*ENTRY, 6), (*ENTRY, 15)
CHANGED: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 5)
SLOW: Oid = (1, 3, 6, 1, 2, 1, 25, 1, 5)
PROFILE = """
en: test
vi: test
tables:
  - measurement: interface
    tags: {if_name: {oid: 1.3.6.1.2.1.31.1.1.1.1}}
    changed: [1.3.6.1.2.1.31.1.5]
    columns:
      in_octets: {oid: 1.3.6.1.2.1.31.1.1.1.6, delta: 64}
      speed_bps: {oid: 1.3.6.1.2.1.31.1.1.1.15, scale: 1000000, static: true}
  - measurement: host
    scalar: true
    interval_s: 300
    columns: {users: {oid: 1.3.6.1.2.1.25.1.5}}
"""
Objects = dict[Oid, tuple[int, int | bytes]]
BEAT_S = 60.0


class Clock:
    """Our monotonic clock, set by the test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now


@dataclass
class Bench:
    """A device over its objects, and the conversation with it."""

    objects: Objects
    device: ScriptedDevice
    talk: Conversation
    clock: Clock
    answered: bool = True

    def port(self, index: int, name: str, octets: int, mbit_s: int = 1000) -> None:
        """Have a port, or change it."""
        self.objects[(*NAME, index)] = (names.OCTET_STRING, name.encode())
        self.objects[(*OCTETS, index)] = (names.COUNTER64, octets)
        self.objects[(*SPEED, index)] = (names.GAUGE32, mbit_s)

    def remove(self, index: int) -> None:
        """Have a port no more."""
        for column in (NAME, OCTETS, SPEED):
            self.objects.pop((*column, index), None)

    def at(self, seconds: float, *, booted: float = 0.0) -> None:
        """Let it be so many seconds after the device's first start, by its own clock and by ours."""
        self.clock.now = 1000.0 + seconds
        self.objects[(*SYS_UP_TIME, 0)] = (names.TIME_TICKS, int((seconds - booted) * 100) + 50_000)

    async def poll(self) -> tuple[Reading, dict[str, list[list[object]]], list[Question]]:
        """Poll once: the reading, the rows by measurement, and what was asked."""
        before = len(self.device.questions)
        got = await self.talk.read(patient=self.answered)
        self.answered = got.answered
        tables = decode(got.tables, self.talk.counters).tables
        return (
            got,
            {table.measurement: [list(row) for row in table.rows] for table in tables},
            self.device.questions[before:],
        )


@asynccontextmanager
async def bench(monkeypatch: pytest.MonkeyPatch, profile: str = PROFILE) -> AsyncIterator[Bench]:
    """A device with two ports that tells when its ports change."""
    objects: Objects = {(*CHANGED, 0): (names.TIME_TICKS, 7), (*SLOW, 0): (names.GAUGE32, 3)}
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(instances, "time", clock)
    transport = Transport()
    async with scripted_device(Mib(objects)) as device:
        session = Session(transport, device.address, Community(Version.V2C, b"public"), timeout_s=0.3, retries=0)
        knowledge = Knowledge(plan(parse_profiles({"test": profile}).values()))
        made = Bench(objects, device, Conversation(session, knowledge, Counters(), BEAT_S), clock)
        made.at(0)
        made.port(1, "GE1", 1000)
        made.port(2, "GE2", 2000)
        yield made
    transport.close()


def kinds(asked: list[Question]) -> list[int]:
    """What kinds of questions they were."""
    return [question.kind for question in asked]


async def test_a_table_is_walked_once_and_then_asked_for_in_one_packet(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch) as it:
        _, rows, asked = await it.poll()
        assert rows["interface"] == [["GE1", None, 1e9], ["GE2", None, 1e9]]
        assert Kind.GETBULK in kinds(asked)
        it.at(60)
        it.port(1, "GE1", 1600)
        it.port(2, "GE2", 2700)
        _, rows, asked = await it.poll()
        assert rows["interface"] == [["GE1", 600, 1e9], ["GE2", 700, 1e9]]
        assert kinds(asked) == [Kind.GET]
        assert asked[0].oids == [(*SYS_UP_TIME, 0), (*CHANGED, 0), (*OCTETS, 1), (*OCTETS, 2)]


async def test_a_table_with_an_interval_of_its_own_is_asked_for_on_its_own_beat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with bench(monkeypatch) as it:
        polled = []
        for minute in range(11):
            it.at(60 * minute)
            polled.append("host" in (await it.poll())[1])
        assert [minute for minute, had in enumerate(polled) if had] == [0, 5, 10]


async def test_a_marker_that_moved_is_a_reason_to_walk_in_the_same_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch) as it:
        await it.poll()
        it.at(60)
        it.port(3, "GE3", 5)
        it.port(1, "GE1", 1100)
        it.objects[(*CHANGED, 0)] = (names.TIME_TICKS, 8)
        _, rows, asked = await it.poll()
        assert [row[:2] for row in rows["interface"]] == [["GE1", 100], ["GE2", 0], ["GE3", None]]
        assert Kind.GETBULK in kinds(asked)
        it.at(120)
        assert kinds((await it.poll())[2]) == [Kind.GET]


async def test_a_restart_is_a_reason_to_walk_and_static_values_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch) as it:
        await it.poll()
        it.at(60, booted=550)
        it.port(1, "GE1", 9000, mbit_s=10_000)
        _, rows, _ = await it.poll()
        assert rows["interface"] == [["GE1", None, 1e10], ["GE2", None, 1e9]]


@pytest.mark.parametrize("marker", [None, 0], ids=["no marker", "a marker that was never set"])
async def test_without_a_marker_names_are_read_along_and_renumbered_rows_are_found(
    monkeypatch: pytest.MonkeyPatch, marker: int | None
) -> None:
    async with bench(monkeypatch) as it:
        del it.objects[(*CHANGED, 0)]
        if marker is not None:
            it.objects[(*CHANGED, 0)] = (names.TIME_TICKS, marker)
        await it.poll()
        it.at(60)
        asked = (await it.poll())[2]
        assert (*NAME, 1) in asked[0].oids
        it.at(120)
        it.port(1, "GE2", 2100)
        it.port(2, "GE1", 1100)
        _, rows, asked = await it.poll()
        assert [row[:2] for row in rows["interface"]] == [["GE2", None], ["GE1", None]]
        it.at(180)
        it.port(1, "GE2", 2150)
        _, rows, _ = await it.poll()
        assert [row[:2] for row in rows["interface"]] == [["GE2", 50], ["GE1", 0]]


async def test_an_instance_that_is_gone_is_a_reason_to_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch) as it:
        await it.poll()
        it.at(60)
        it.remove(1)
        it.port(2, "GE2", 2500)
        _, rows, _ = await it.poll()
        assert rows["interface"] == [["GE2", 500, 1e9]]


async def test_after_an_hour_everything_is_learned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch) as it:
        await it.poll()
        it.at(60)
        it.port(3, "GE3", 1)
        assert len((await it.poll())[1]["interface"]) == 2
        it.at(LEARN_AGAIN_S + 60)
        assert len((await it.poll())[1]["interface"]) == 3


async def test_a_doubt_that_never_comes_true_is_followed_less_and_less(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch) as it:
        true_script = it.device.script

        def never_by_get(question: Question) -> object:
            if question.kind != Kind.GET:
                return true_script(question)
            (answer,) = Mib({oid: one for oid, one in it.objects.items() if oid != (*OCTETS, 2)})(question)
            return [answer]

        it.device.script = never_by_get  # type: ignore[assignment]
        walked = []
        for minute in range(40):
            it.at(60 * minute)
            walked.append(Kind.GETBULK in kinds((await it.poll())[2]))
        assert [minute for minute, did in enumerate(walked) if did] == [0, 1, 3, 7, 15, 31]


async def test_names_are_compared_also_when_walks_have_long_found_nothing_new(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch) as it:
        del it.objects[(*CHANGED, 0)]
        for hour in range(8):
            it.at(2 * LEARN_AGAIN_S * hour)
            await it.poll()
        it.at(2 * LEARN_AGAIN_S * 7 + 60)
        it.port(1, "GE2", 2100)
        it.port(2, "GE1", 1100)
        _, rows, _ = await it.poll()
        assert [row[:2] for row in rows["interface"]] == [["GE2", None], ["GE1", None]]


async def test_a_marker_that_moved_is_a_reason_until_the_walk_has_come_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch) as it:
        await it.poll()
        true_script = it.device.script
        it.device.script = lambda question: true_script(question) if question.kind == Kind.GET else []
        it.at(60)
        it.port(1, "GE2", 2100)
        it.port(2, "GE1", 1100)
        it.objects[(*CHANGED, 0)] = (names.TIME_TICKS, 8)
        await it.poll()
        it.device.script = true_script
        it.at(120)
        _, rows, _ = await it.poll()
        assert [row[:2] for row in rows["interface"]] == [["GE2", None], ["GE1", None]]


async def test_a_table_that_is_read_seldom_sees_a_marker_that_another_one_has_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = PROFILE.split("tables:\n")[1].split("  - measurement: host", maxsplit=1)[0]
    slow = slow.replace("measurement: interface\n", "measurement: slow\n    interval_s: 300\n")
    async with bench(monkeypatch, PROFILE + slow) as it:
        await it.poll()
        it.at(60)
        it.port(1, "GE2", 2100)
        it.port(2, "GE1", 1100)
        it.objects[(*CHANGED, 0)] = (names.TIME_TICKS, 8)
        await it.poll()
        it.at(300)
        _, rows, _ = await it.poll()
        assert [row[:2] for row in rows["slow"]] == [["GE2", None], ["GE1", None]]


async def test_a_late_second_packet_is_no_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch) as it:
        for n in range(3, 101):
            it.port(n, f"GE{n}", 0)
        await it.poll()
        true_script = it.device.script

        def late(question: Question) -> object:
            if (*SYS_UP_TIME, 0) not in question.oids:
                it.clock.now += 5
            return true_script(question)

        it.at(60)
        it.device.script = late  # type: ignore[assignment]
        await it.poll()
        it.device.script = true_script
        it.at(120)
        assert kinds((await it.poll())[2]) == [Kind.GET, Kind.GET]


async def test_a_name_that_failed_once_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    second = PROFILE.replace(
        "{oid: 1.3.6.1.2.1.31.1.1.1.1}", "{oid: 1.3.6.1.2.1.31.1.1.1.1, otherwise: 1.3.6.1.2.1.2.2.1.2}"
    )
    async with bench(monkeypatch, second) as it:
        for n in (1, 2):
            it.objects[1, 3, 6, 1, 2, 1, 2, 2, 1, 2, n] = (names.OCTET_STRING, b"GigabitEthernet%d" % n)
        true_script, failed = it.device.script, False

        def fails_once(question: Question) -> object:
            nonlocal failed
            if question.kind == Kind.GETBULK and NAME in question.oids and not failed:
                failed = True
                return [refusal(question, Status.GEN_ERR, question.oids.index(NAME) + 1)]
            return true_script(question)

        it.device.script = fails_once  # type: ignore[assignment]
        assert "interface" not in (await it.poll())[1]
        it.at(60)
        assert [row[0] for row in (await it.poll())[1]["interface"]] == ["GE1", "GE2"]


async def test_a_table_that_is_read_seldom_and_broke_off_is_read_again_on_the_next_beat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with bench(monkeypatch) as it:
        true_script = it.device.script
        it.device.script = lambda question: true_script(question) if question.kind == Kind.GET else []
        await it.poll()
        it.device.script = true_script
        it.at(60)
        assert "host" in (await it.poll())[1]


async def test_what_is_read_seldom_is_asked_for_last_and_what_came_of_it_is_not_asked_for_at_once_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An OLT with thousands of units may not get through them in the time of a poll."""
    large = (
        "  - measurement: large\n    interval_s: 400\n    tags: {at: {}}\n    columns: {a: {oid: 1.3.6.1.4.1.1.1}}\n"
    )
    late = large.replace("large", "late").replace("400", "600").replace("4.1.1.1", "4.1.1.2")
    profile = PROFILE.replace("tables:\n", f"tables:\n{late}{large}")
    async with bench(monkeypatch, profile) as it:
        for n in range(1, 100):
            it.objects[1, 3, 6, 1, 4, 1, 1, 1, n] = it.objects[1, 3, 6, 1, 4, 1, 1, 2, n] = (names.INTEGER, n)
        assert (await it.poll())[0].error is None
        true_script, gets = it.device.script, 0

        def silent_after_one(question: Question) -> object:
            nonlocal gets
            gets += 1
            return true_script(question) if gets == 1 else []

        it.device.script = silent_after_one  # type: ignore[assignment]
        it.at(600)
        got, rows, _ = await it.poll()
        assert got.error is not None
        assert (len(rows["interface"]), rows["host"]) == (2, [[3]])
        assert 50 < len(rows["large"]) < 60
        assert "late" not in rows
        it.device.script = true_script
        it.at(660)
        got, rows, _ = await it.poll()
        assert (got.error, len(rows["late"])) == (None, 99)
        assert "large" not in rows


async def test_a_table_that_was_empty_is_looked_at_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch) as it:
        it.remove(1)
        it.remove(2)
        await it.poll()
        it.at(60)
        it.port(1, "GE1", 5)
        assert (await it.poll())[1]["interface"] == [["GE1", None, 1e9]]


async def test_a_dead_device_costs_one_small_packet_and_is_read_in_the_beat_in_which_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with bench(monkeypatch) as it:
        await it.poll()
        true_script = it.device.script
        it.device.script = lambda _question: []
        it.at(60)
        got, _, _ = await it.poll()
        assert (got.answered, got.error and got.error.outcome) == (False, "timeout")
        it.at(120)
        _, _, asked = await it.poll()
        assert [question.oids for question in asked] == [[(*SYS_UP_TIME, 0)]]
        it.device.script = true_script
        it.at(180)
        it.port(1, "GE1", 4000)
        got, rows, _ = await it.poll()
        assert got.error is None
        assert rows["interface"][0] == ["GE1", 3000, 1e9]  # over all three beats: nothing is lost


async def test_what_came_before_the_silence_is_kept_and_the_rest_is_counted_with_the_next_poll(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with bench(monkeypatch) as it:
        for n in range(3, 101):
            it.port(n, f"GE{n}", 0)
        await it.poll()
        true_script = it.device.script
        gets = 0

        def silent_after_one(question: Question) -> object:
            nonlocal gets
            gets += 1
            return true_script(question) if gets == 1 else []

        for n in range(1, 101):
            it.port(n, f"GE{n}", 10_000)
        it.at(60)
        it.device.script = silent_after_one  # type: ignore[assignment]
        got, rows, _ = await it.poll()
        assert got.error is not None
        assert got.error.outcome == "timeout"
        came = [row for row in rows["interface"] if row[1] is not None]
        assert 50 < len(came) < 60
        it.device.script = true_script
        it.at(120)
        for n in range(1, 101):
            it.port(n, f"GE{n}", 20_000)
        _, rows, _ = await it.poll()
        assert sorted({int(str(row[1])) for row in rows["interface"][2:]}) == [10_000, 20_000]


@pytest.mark.parametrize("limit", [5, 6])
async def test_a_large_table_is_laid_out_beside_the_loop(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    threads: list[int] = []

    def noted(*arguments: Any, **options: Any) -> Layout:
        threads.append(threading.get_ident())
        return layout(*arguments, **options)

    monkeypatch.setattr(module, "layout", noted)
    monkeypatch.setattr(module, "LARGE", limit)
    async with bench(monkeypatch) as it:  # six values in two rows
        _, rows, _ = await it.poll()
        assert len(rows["interface"]) == 2
    assert (threads[0] != threading.get_ident()) == (limit < 6)


async def test_two_profiles_that_want_the_same_object_ask_for_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = PROFILE + PROFILE.split("tables:\n")[1].split("  - measurement: host", maxsplit=1)[0]
    async with bench(monkeypatch, twice) as it:
        await it.poll()
        it.at(60)
        it.port(1, "GE1", 1010)
        _, _, asked = await it.poll()
        assert kinds(asked) == [Kind.GET]
        assert len(asked[0].oids) == len(set(asked[0].oids))


async def test_a_device_that_may_not_be_read_is_auth_and_asked_for_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch) as it:
        it.device.script = lambda question: [reply(question, [], Status.AUTHORIZATION_ERROR, 1)]
        got, rows, asked = await it.poll()
        assert got.error is not None
        assert got.error.outcome == "auth"
        assert not rows
        assert len(asked) == 1


async def test_nothing_is_asked_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(monkeypatch) as it:
        it.talk.session.end_by(-math.inf)
        got, rows, asked = await it.poll()
        assert got.error is not None
        assert (got.error.outcome, rows, asked) == ("timeout", {}, [])


async def test_one_cell_of_a_table_is_a_scalar_and_the_table_is_read_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = """
en: test
vi: test
tables:
  - measurement: mains
    scalar: true
    columns:
      users: {oid: 1.3.6.1.2.1.25.1.5}
      volts: {oid: 1.3.6.1.2.1.31.1.1.1.15.2, instance: true}
  - measurement: phase
    tags: {phase: {}}
    columns: {volts: {oid: 1.3.6.1.2.1.31.1.1.1.15}}
"""
    async with bench(monkeypatch, profile) as one:
        one.port(2, "b", 0, 230)
        rows = {"mains": [[3, 230]], "phase": [["1", 1000], ["2", 230]]}
        for seconds in (0, 60):
            one.at(seconds)
            assert (await one.poll())[1] == rows
