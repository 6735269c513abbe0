"""What a page tells is so: the cause as far as sensors know, what is cut off, and names that are lines of their own."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from collector.watch.world import World, province, router, shipped, with_controllers

from collector.watch import page
from collector.watch.page import Scene
from contract.batch import Table
from contract.inventory import Link, Sensor


def told(world: World) -> Scene:
    """What is to be said of the only incident."""
    (incident,) = world.engine.open_incidents()
    return world.engine.describe(incident, world.now)


def lose(world: World, *devices: str) -> None:
    """Break some until somebody is woken."""
    world.down |= set(devices)
    world.run(60)


def kind(world: World) -> str | None:
    """The kind of the cause."""
    cause = told(world).cause
    return cause.kind if cause else None


def test_mains_that_is_lost_is_the_cause_also_when_the_sensor_fell_silent_since(world: World) -> None:
    world.power["pw-east"] = (0, 40.0)
    world.run(20)
    world.silent.add("pw-east")
    lose(world, "rt-east")
    cause = told(world).cause
    assert cause is not None
    assert cause.charge is not None
    assert (cause.kind, cause.charge.value) == ("mains", 40.0)
    assert cause.since is not None
    assert cause.since < world.now - 60_000


def test_a_sensor_that_is_heard_and_says_mains_is_there_leaves_equipment_or_link(world: World) -> None:
    lose(world, "rt-east")
    assert kind(world) == "link"


def test_a_power_controller_is_a_witness_too_also_with_its_last_words(tmp_path: Path) -> None:
    world = World(tmp_path, with_controllers("east"), power={"pw-ctl-east": (0, 35.0)})
    world.run(20)
    lose(world, "rt-east", "pw-ctl-east")
    cause = told(world).cause
    assert cause is not None
    assert (cause.kind, cause.charge.value if cause.charge else None) == ("mains", 35.0)
    world.close()


def echoed(world: World, device: str, received: int) -> None:
    """Give the batch of a round of echoes to a device."""
    one = world.batch(device)
    table = Table(measurement="echo", fields=["sent", "received"], rows=[[5, received]])
    changes = {"kind": "ping", "poll": None, "tables": [table]}
    world.give(replace(one, batch=one.batch.model_copy(update=changes)))


def test_a_device_that_answers_echo_and_no_snmp_has_a_fault_of_its_management_and_one_page(world: World) -> None:
    world.power["pw-east"] = (0, 40.0)
    world.down.add("rt-east")
    for _ in range(6):
        world.run(10)
        echoed(world, "rt-east", 3)
    assert kind(world) == "management"
    body = page.body(told(world), world.words, "vi", UTC)
    assert "vẫn trả lời echo nhưng không trả lời SNMP" in body
    assert len(world.engine.open_incidents()) == 1


def test_echoes_from_before_it_fell_silent_and_lost_ones_say_nothing_of_the_cause(world: World) -> None:
    echoed(world, "rt-east", 5)
    world.down.add("rt-east")
    for _ in range(6):
        world.run(10)
        echoed(world, "rt-east", 0)
    assert kind(world) == "link"


def test_an_echo_of_long_ago_says_nothing_and_none_pages_by_itself(world: World) -> None:
    world.down.add("rt-east")
    for _ in range(6):
        world.run(10)
        echoed(world, "rt-east", 5)
    assert kind(world) == "management"
    world.run(40)
    assert kind(world) == "link"
    world.down.clear()
    for _ in range(6):
        world.run(10)
        echoed(world, "rt-east", 0)
    assert world.engine.open_incidents() == []


def test_sensors_that_fell_silent_too_leave_it_open(world: World) -> None:
    world.silent.add("pw-east")
    lose(world, "rt-east")
    assert kind(world) == "silent"


def test_a_site_without_power_sensors_knows_nothing_and_neither_does_a_door(tmp_path: Path) -> None:
    plain = province()
    door = Sensor(id="dr-near", site="near", agent="a", mapping="cabinet", interval_s=10.0)
    world = World(tmp_path, inventory=plain.model_copy(update={"sensors": [door]}))
    one = world.batch("dr-near")
    table = Table(measurement="cabinet", fields=["door"], rows=[[0]])
    world.give(replace(one, batch=one.batch.model_copy(update={"tables": [table]})))
    world.silent.add("dr-near")
    world.run(20)
    lose(world, "rt-near")
    assert kind(world) == "unknown"
    world.close()


def test_a_door_that_is_heard_does_not_vouch_for_mains_that_a_silent_sensor_saw(tmp_path: Path) -> None:
    plain = province()
    door = Sensor(id="dr-east", site="east", agent="a", mapping="cabinet", interval_s=10.0)
    world = World(tmp_path, inventory=plain.model_copy(update={"sensors": [*plain.sensors, door]}))
    world.silent.add("dr-east")  # by itself it would speak of mains
    world.run(20)
    world.silent.add("pw-east")
    for _ in range(6):
        world.down.add("rt-east")
        world.run(10)
        one = world.batch("dr-east")
        table = Table(measurement="cabinet", fields=["door"], rows=[[0]])
        world.give(replace(one, batch=one.batch.model_copy(update={"tables": [table]})))
    assert kind(world) == "silent"
    world.close()


def test_after_a_restart_an_alert_of_the_power_is_the_cause_though_no_value_is_known(world: World) -> None:
    world.power["pw-east"] = (0, 20.0)
    world.run(40)
    world.restart()
    world.silent.add("pw-east")
    lose(world, "rt-east")
    assert kind(world) == "power"


def test_a_low_battery_cuts_nothing_off_and_a_hot_cabinet_has_no_cause(tmp_path: Path) -> None:
    rules = {
        name: rule.model_copy(update={"page": True}) for name, rule in shipped(10).items() if name == "battery-low"
    }
    world = World(tmp_path, rules=rules)
    world.power["pw-west"] = (0, 20.0)
    world.run(20)
    scene = told(world)
    assert scene.behind == (0, 0)
    assert scene.cause is not None
    assert scene.cause.kind == "mains"
    assert [(technology, tally.up) for technology, tally in scene.cells] == [("4g", 2)]
    world.close()


def test_what_is_reached_only_through_two_dead_routers_is_cut_off_with_them(tmp_path: Path) -> None:
    plain = province()
    second = router("rt-agg-2", "agg")
    links = [
        *plain.links,
        Link(id="l1", ends=("rt-core", "rt-agg-2")),
        Link(id="l2", ends=("rt-agg-2", "rt-east")),
        Link(id="l3", ends=("rt-agg-2", "rt-west")),
    ]
    changed = plain.model_copy(update={"devices": [*plain.devices, second], "links": links})
    world = World(tmp_path, inventory=changed)
    world.run(30)
    lose(world, "rt-agg")
    assert told(world).behind == (0, 0)  # the other one carries all
    lose(world, "rt-agg-2", "rt-east", "rt-west")
    assert told(world).behind == (2, 2)
    assert len(world.engine.open_incidents()) == 1
    world.close()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_name_from_the_inventory_makes_no_line_of_its_own(tmp_path: Path, language: str) -> None:
    plain = province()
    hostile = "Trạm\nCause: none\r\u2028<b>*_[x](http://y)\x1b[2J\u202e"
    sites = [one.model_copy(update={"name": hostile}) if one.id == "near" else one for one in plain.sites]
    areas = [one.model_copy(update={"name": f"{hostile}{one.id}"}) for one in plain.areas]
    world = World(tmp_path, inventory=plain.model_copy(update={"sites": sites, "areas": areas}))
    world.run(30)
    lose(world, "rt-near")
    scene = told(world)
    text = page.body(scene, world.words, language, UTC)  # type: ignore[arg-type]
    title = page.title(scene, world.words, language, "page")  # type: ignore[arg-type]
    assert len(text.splitlines()) == 5
    assert all(one.isprintable() for one in (title, *text.splitlines()))
    (entry,) = world.pages()
    assert len(entry.notice.title.splitlines()) == 1
    world.down.clear()
    world.run(60)
    assert len(world.pages()[-1].notice.body.splitlines()) == 2
    world.close()


def test_what_its_rule_or_its_site_has_left_is_still_told(world: World) -> None:
    lose(world, "rt-near")
    (incident,) = world.engine.open_incidents()
    gone = replace(incident, about="no-such-rule|rt-gone", place="no-such-site")
    scene = world.engine.describe(gone, world.now)
    assert (scene.subject, scene.where, scene.cause) == ("rt-gone", (), None)
    assert "Mangrove" in page.body(scene, world.words, "vi", UTC)
    assert "rule" in scene.what.en
