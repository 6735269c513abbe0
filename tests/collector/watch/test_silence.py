"""Silence of a sensor, an agent or the broker: when it is a fault, whose, and when we merely cannot know."""

from collections.abc import Callable
from pathlib import Path

import pytest
from collector.watch.world import World, province, shipped

from collector.intake import Accepted
from collector.watch.picture import UNKNOWN, UP
from collector.watch.rules import Absent
from collector.watch.sight import MAX_SILENT_MS
from contract.batch import PollInfo
from contract.inventory import AgentEntry

SILENT = Absent(kind="absent", of="sensor", en="-", vi="-", page=True, for_s=40, keep_firing_for_s=5)


def test_a_sensor_that_is_heard_again_ends_what_was_pending_however_long_its_message_was_on_its_way(
    make: Callable[..., World],
) -> None:
    world = make({"silent": SILENT})
    world.silent.add("pw-east")
    world.run(60)
    assert world.state_of("silent|pw-east") == "pending"
    world.give(world.batch("pw-east", at=world.now - 9_000), beats=["a", "b"])
    world.run(14)
    assert world.state_of("silent|pw-east") == "inactive"
    world.run(26)
    assert world.told() == []


@pytest.mark.parametrize("what", ["broker", "agent"])
def test_what_is_pending_does_not_fire_while_we_are_blind(make: Callable[..., World], what: str) -> None:
    world = make({"silent": SILENT})
    world.silent.add("pw-east")
    world.run(60)
    assert world.state_of("silent|pw-east") == "pending"
    if what == "broker":
        world.hears = False
    world.silent |= {"a", "b"}
    world.run(90)
    assert world.state_of("silent|pw-east") == "inactive"
    assert world.told() == []
    world.hears = True
    world.silent -= {"a", "b"}
    world.run(20)
    assert world.state_of("silent|pw-east") == "inactive"  # it begins anew, from when we listen
    world.run(60)
    assert world.told() == [("page", "ca-1")]
    world.silent.clear()
    world.run(30)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]


def test_a_sensor_is_not_taken_as_heard_because_we_have_just_begun_to_listen(make: Callable[..., World]) -> None:
    world = make({"silent": SILENT})
    world.silent.add("pw-east")
    world.run(120)
    assert world.state_of("silent|pw-east") == "firing"
    world.restart()
    world.run(60)
    assert world.told() == [("page", "ca-1")]


def test_an_agent_called_like_a_device_and_one_called_broker_are_no_other(tmp_path: Path) -> None:
    plain = province()
    agents = [AgentEntry(id="a", site="core"), AgentEntry(id="broker"), AgentEntry(id="rt-near")]
    devices = [one.model_copy(update={"agent": "broker"}) if one.id == "rt-far" else one for one in plain.devices]
    world = World(tmp_path, inventory=plain.model_copy(update={"agents": agents, "devices": devices}))
    for agent in ("broker", "rt-near"):
        world.give(beats=["a", "broker", "rt-near"])
        for _ in range(120):
            world.now += 1000
            world.give(beats=[one for one in ("a", "broker", "rt-near") if one != agent])
        (incident,) = world.engine.open_incidents()
        assert (incident.place, incident.about) == ("(monitoring)", f"agent-silent|{agent}")
        for _ in range(60):
            world.now += 1000
            world.give(beats=["a", "broker", "rt-near"])
        assert world.engine.open_incidents() == []
    world.close()


def test_an_agent_that_speaks_seldom_is_not_missed_after_a_restart_when_what_it_said_before_is_known(
    tmp_path: Path,
) -> None:
    for knows in (False, True):
        world = World(tmp_path / str(knows), rules={"s": Absent(kind="absent", of="agent", en="-", vi="-", page=True)})
        seldom = world.heartbeat().model_copy(update={"interval_s": 300.0})
        with world.database.together():
            world.engine.take([], [], world.now, [(agent, seldom) for agent in ("a", "b")] if knows else [])
        for _ in range(200):
            world.now += 1000
            world.give()
        assert [action for action, _ in world.told()][:1] == ([] if knows else ["page"])
        world.now += MAX_SILENT_MS
        world.give()
        world.give()
        assert world.told()[0] == ("page", "ca-1")
        world.close()


def test_an_agent_in_maintenance_wakes_nobody(make: Callable[..., World]) -> None:
    world = make(shipped(10))
    with world.database.together():
        world.engine.plan("a", world.now, world.now + 100_000, "-")
        world.engine.plan("core", world.now, world.now + 100_000, "-")  # where it stands
    world.silent.add("a")
    world.run(99)
    assert world.told() == []
    assert world.engine.status()["agent/a"] == 3
    world.run(60)
    assert world.told() == [("page", "ca-1")]


def test_an_agent_that_falls_silent_with_the_site_where_it_stands_is_part_of_that_fault(tmp_path: Path) -> None:
    plain = province()
    agents = [AgentEntry(id="a", site="core"), AgentEntry(id="b", site="east")]
    world = World(tmp_path, inventory=plain.model_copy(update={"agents": agents}))
    world.run(30)
    world.down |= {"rt-agg", "rt-east", "rt-west"}
    world.silent.add("b")
    world.run(120)
    assert [one.place for one in world.engine.open_incidents()] == ["agg"]
    about = [one.text for one in world.engine.memory.decisions_about({"b"}, 10)]
    assert about == ["suppressed: it stands at east, which does not answer"]
    world.down.clear()
    world.run(90)
    assert [one.place for one in world.engine.open_incidents()] == ["(monitoring)"]  # it is still not heard
    world.close()


def test_an_agent_is_missed_though_nobody_but_itself_looks_at_where_it_stands(make: Callable[..., World]) -> None:
    world = make(shipped(10))
    world.down.add("rt-core")
    world.run(20)
    world.silent.add("a")
    world.run(90)
    assert "(monitoring)" in [one.place for one in world.engine.open_incidents()]


def test_what_is_read_seldom_is_not_seen_while_its_agent_is_silent(make: Callable[..., World]) -> None:
    slow = [one.model_copy(update={"interval_s": 3600.0}) for one in province().devices]
    world = make({}, province().model_copy(update={"devices": slow}))
    assert world.engine.status()["site/near"] == 1
    world.silent.add("a")
    world.run(60)
    assert world.engine.status()["site/near"] == 2
    assert world.last("headline", technology="4g")["blind"] == 3
    world.silent = {"a-does-not-read", *(one.id for one in slow)}
    world.run(5)
    assert world.engine.status()["site/near"] == 1  # its last reading is still good


def test_a_sensor_whose_node_has_gone_is_unknown_at_once_and_a_fault_only_when_it_stays_away(
    make: Callable[..., World],
) -> None:
    world = make({"silent": SILENT})
    world.run(30)
    assert world.last("status", scope="sensor", device="pw-east") == {"status": UP}
    world.silent.add("pw-east")
    lost = world.batch("pw-east")
    gone = PollInfo(outcome="unreachable", took_ms=0)
    batch = lost.batch.model_copy(update={"poll": gone, "tables": []})
    world.give(Accepted(lost.agent, lost.record, batch, lost.meaning, (), 0), beats=["a", "b"])
    world.run(1)
    assert world.last("status", scope="sensor", device="pw-east") == {"status": UNKNOWN}
    assert world.state_of("silent|pw-east") == "inactive"
    world.run(120)
    assert world.told() == [("page", "ca-1")]
    world.silent.clear()
    world.run(30)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]
    assert world.last("status", scope="sensor", device="pw-east") == {"status": UP}
