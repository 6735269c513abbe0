"""Incidents: one a place, told once, escalated until taken, over when the last of it is; and what is remembered."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from collector.watch.world import World, shipped
from hypothesis import given
from hypothesis import strategies as st

from collector.database import Database
from collector.watch.incident import Incident, key, number
from collector.watch.memory import MAX_CLOSED, MAX_DECISIONS, Decision, Memory


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    """An empty one."""
    database = Database(tmp_path / "state.sqlite")
    made = Memory(database)
    with database.together():
        yield made
    database.close()


def acknowledge(world: World, who: str = "ca-1") -> None:
    """Take the only incident."""
    (incident,) = world.engine.open_incidents()
    with world.database.together():
        world.engine.ack(incident, who, world.now)


def move(world: World, device: str, site: str) -> None:
    """Edit the inventory."""
    moved = [one.model_copy(update={"site": site}) if one.id == device else one for one in world.inventory.devices]
    world.edit(world.inventory.model_copy(update={"devices": moved}))


def test_a_device_that_is_moved_while_it_is_down_has_one_page_and_its_end(world: World) -> None:
    world.down.add("rt-far")
    world.run(40)
    move(world, "rt-far", "near")
    world.run(60)
    assert [one.place for one in world.engine.open_incidents()] == ["far"]
    world.down.clear()
    world.run(60)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]


def test_a_device_that_is_taken_away_while_it_is_down_has_its_end(world: World) -> None:
    world.down.add("rt-far")
    world.run(40)
    devices = [one for one in world.inventory.devices if one.id != "rt-far"]
    world.edit(world.inventory.model_copy(update={"devices": devices}))
    world.run(5)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]
    assert world.engine.open_incidents() == []


def test_rules_that_are_no_longer_there_end_what_they_opened(world: World) -> None:
    world.down.add("rt-far")
    world.run(40)
    world.close()
    world.rules = {name: rule for name, rule in shipped(10).items() if name != "router-unreachable"}
    world.open()
    world.run(5)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]


def test_a_rule_that_wakes_somebody_from_now_on_does_so_for_what_fires_already(world: World) -> None:
    rules = shipped(10)
    world.power["pw-east"] = (0, 20.0)
    world.run(40)
    assert world.told() == []
    world.close()
    world.rules = rules | {"battery-low": rules["battery-low"].model_copy(update={"page": True})}
    world.open()
    world.run(60)
    assert world.told() == [("page", "ca-1")]
    world.restart()
    world.power.clear()
    world.run(40)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]


def test_maintenance_that_is_announced_after_the_page_holds_the_escalation_until_it_ends(world: World) -> None:
    world.down.add("rt-far")
    world.run(40)
    with world.database.together():
        world.engine.plan("ganh", world.now, world.now + 600_000, "-")
    world.run(590)
    assert world.told() == [("page", "ca-1")]
    world.run(20)
    assert world.told() == [("page", "ca-1"), ("page", "truong-ca")]


def test_what_was_undone_is_shown_to_nobody_and_cannot_be_taken(world: World) -> None:
    world.down.add("rt-far")
    with pytest.raises(ZeroDivisionError):
        _run_and_fail(world)
    assert world.engine.open_incidents() == []
    assert "router-unreachable|rt-far" not in world.engine.alerts()
    world.run(40)
    assert world.told() == [("page", "ca-1")]


def _run_and_fail(world: World) -> None:
    with world.database.together():
        for _ in range(60):
            world.now += 1000
            world.engine.take(world._due(), [(agent, world.heartbeat()) for agent in ("a", "b")], world.now)
            world.engine.tick(world.now)
        assert len(world.engine.open_incidents()) == 1
        raise ZeroDivisionError


def test_without_people_incidents_are_kept_and_nobody_is_told(world: World) -> None:
    world.engine._pager = None
    world.restart()
    world.engine._pager = None
    world.engine.put_back()
    world.down.add("rt-far")
    world.run(40)
    assert len(world.engine.open_incidents()) == 1
    assert world.told() == []
    world.restart()  # now there are some
    world.run(2)
    assert world.told()[0] == ("page", "ca-1")


def test_who_took_it_is_kept_and_a_second_alert_of_the_place_wakes_nobody_again(world: World) -> None:
    rules = shipped(10)
    world.close()
    world.rules = rules | {"battery-low": rules["battery-low"].model_copy(update={"page": True})}
    world.open()
    world.run(20)
    world.down.add("rt-east")
    world.run(40)
    acknowledge(world)
    world.power["pw-east"] = (0, 10.0)
    world.run(30)
    (incident,) = world.engine.open_incidents()
    assert incident.alerts == ("battery-low|pw-east", "router-unreachable|rt-east")
    world.restart()
    world.run(2)
    assert [one.acked_by for one in world.engine.open_incidents()] == ["ca-1"]
    world.down.clear()
    world.run(60)
    assert world.told() == [("page", "ca-1")]  # one of it is left
    world.power.clear()
    world.run(30)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]


@given(st.text("0123456789abcdef", min_size=4, max_size=16), st.integers(1, 999_999_999))
def test_the_key_of_an_incident_names_it_and_that_of_other_books_none(books: str, n: int) -> None:
    assert number(books, key(books, n)) == n == number(books, str(n))
    assert number(books, f"zzzz-{n}") is None
    assert number(books, f"{books[:4]}-{n}x") is None
    assert number(books, f"{books[:4]}-٣") is None
    assert number(books, "9" * 30) is None
    assert number(books, "") is None


def incident(n: int, resolved: int | None) -> Incident:
    """One of many."""
    return Incident(n, f"site-{n}", f"r|rt-{n}", n, (), resolved=resolved)


def test_of_incidents_that_are_over_the_last_are_known_and_none_that_is_open_is_forgotten(memory: Memory) -> None:
    memory.keep_incident(incident(1, None))
    for n in range(2, MAX_CLOSED + 50):
        assert memory.next_number() == n
        memory.keep_incident(incident(n, n))
    known = memory.incidents(100_000)
    assert len(known) <= MAX_CLOSED + 1
    assert [one.number for one in memory.open_incidents()] == [1]
    assert memory.incident(1) == incident(1, None)
    assert memory.incident(2) is None
    memory.keep_incident(incident(1, 9))
    memory.keep_incident(incident(MAX_CLOSED + 50, None))
    assert memory.incident(1) is None
    assert memory.next_number() == MAX_CLOSED + 51


def test_the_number_of_an_incident_is_never_given_again(memory: Memory) -> None:
    for n in range(1, 4):
        memory.keep_incident(incident(n, None))
    memory.keep_incident(incident(3, 5))
    assert memory.next_number() == 4


def test_the_newest_decisions_are_known_in_order(memory: Memory) -> None:
    for n in range(MAX_DECISIONS + 10):
        memory.note(Decision(n, f"r|e{n % 2}/row", n % 3 or None, str(n)))
    found = memory.decisions_about({"e0", "e1"}, 10**6)
    assert [one.at for one in found] == list(range(10, MAX_DECISIONS + 10))
    assert [one.at for one in memory.decisions_about({"e1"}, 2)] == [MAX_DECISIONS + 7, MAX_DECISIONS + 9]
    assert [one.at for one in memory.decisions_of(2, 3)] == [20_003, 20_006, 20_009]
    assert memory.decisions_about(set(), 5) == []


def test_all_that_is_remembered_is_read_as_it_was_written(world: World) -> None:
    chance = random.Random(3)
    world.power["pw-east"] = (0, 50.0)
    for _ in range(12):
        world.down ^= {chance.choice(["rt-far", "rt-near", "rt-east"])}
        world.run(15)
    engine = world.engine
    before = engine.alerts(), engine.open_incidents(), engine._history._spans, dict(engine._board.services)
    dirty = engine._history._periods._dirty
    world.restart()
    engine = world.engine
    assert (engine.alerts(), engine.open_incidents(), engine._board.services) == (before[0], before[1], before[3])
    assert {name: (one.up, one.down) for name, one in engine._history._spans.items()} == {
        name: (one.up, one.down) for name, one in before[2].items()
    }
    assert engine._history._periods._dirty == dirty
