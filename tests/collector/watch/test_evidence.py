"""What is evidence and what is not: of now, of this element, seen, and not explained by something else."""

from collections.abc import Callable
from dataclasses import replace

from collector.watch.world import INTERVAL_S, World, province, router, shipped

from collector.watch.alerts import GONE_MS, MAX_ROWS
from collector.watch.rules import Threshold, Unreachable
from contract.batch import Batch, PollInfo, Table

HOT = Threshold(
    kind="threshold", en="-", vi="-", measurement="cabinet", field="celsius", above=50, clear=45, page=True, for_s=30
)
LOAD = Threshold(
    kind="threshold", en="-", vi="-", measurement="interface", field="in_pct", above=90, page=True, for_s=5
)


def cabinet(world: World, element: str, celsius: float, at: int | None = None, own: int | None = None) -> None:
    """A reading with a temperature; `own` is the time of the value itself."""
    one = world.batch(element, at=at)
    times = None if own is None else [own]
    table = Table(measurement="cabinet", fields=["celsius"], rows=[[celsius]], times=times)
    world.give(replace(one, batch=one.batch.model_copy(update={"tables": [table]})))


def test_a_value_of_a_time_that_is_past_wakes_nobody_though_its_batch_is_of_now(make: Callable[..., World]) -> None:
    world = make({"hot": HOT})
    for _ in range(6):
        world.run(10)
        cabinet(world, "pw-east", 80, own=world.now - 3_600_000)
    assert world.told() == []
    about = [one.text for one in world.engine.memory.decisions_about({"pw-east"}, 10)]
    assert about == ["suppressed: its value is of a time that is past"]
    for _ in range(6):
        world.run(10)
        cabinet(world, "pw-east", 80, own=world.now - 2_000)
    assert world.told() == [("page", "ca-1")]


def test_of_several_values_in_a_batch_the_newest_counts_in_whatever_order(
    make: Callable[..., World],
) -> None:
    world = make({"hot": HOT})
    for _ in range(6):
        world.run(10)
        one = world.batch("pw-east")
        times = [world.now - 1000, world.now - 9000]
        table = Table(measurement="cabinet", fields=["celsius"], rows=[[20.0], [80.0]], times=times)
        world.give(replace(one, batch=one.batch.model_copy(update={"tables": [table]})))
    assert world.state_of("hot|pw-east") == "inactive"
    value = world.engine.sight.value("pw-east", "cabinet", "celsius")
    assert value is not None
    assert (value.value, value.at) == (20.0, times[0])


def test_a_device_that_stops_answering_confirms_no_value(make: Callable[..., World]) -> None:
    world = make({"hot": HOT})
    cabinet(world, "rt-near", 80)
    world.down.add("rt-near")
    world.run(120)
    assert world.told() == []
    world.down.clear()
    for _ in range(5):
        world.run(10)
        cabinet(world, "rt-near", 80)
    assert world.told() == [("page", "ca-1")]
    world.down.add("rt-near")
    world.run(120)
    assert world.told() == [("page", "ca-1")]  # it is no sign of its end either


def test_a_late_reading_that_another_should_have_followed_fires_nothing_by_itself(make: Callable[..., World]) -> None:
    world = make({"unreachable": Unreachable(kind="unreachable", en="-", vi="-", page=True, for_s=15)})
    world.silent.add("rt-near")
    world.run(40)
    world.give(world.batch("rt-near", "timeout", world.now - 19_000), beats=["a", "b"])
    assert world.state_of("unreachable|rt-near") == "pending"
    world.run(20)
    assert world.told() == []
    world.give(world.batch("rt-near", "ok"), beats=["a", "b"])
    assert world.state_of("unreachable|rt-near") == "inactive"


def test_maintenance_that_begins_while_an_alert_is_pending_ends_it_at_once(make: Callable[..., World]) -> None:
    slow = [one.model_copy(update={"interval_s": 60.0}) for one in province().devices if one.id == "rt-far"]
    inventory = province().model_copy(update={"devices": slow, "links": []})
    unreachable = Unreachable(kind="unreachable", en="-", vi="-", page=True, for_s=50)
    world = make({"unreachable": unreachable}, inventory)
    world.down.add("rt-far")
    world.run(10)
    assert world.state_of("unreachable|rt-far") == "pending"
    world.silent.add("rt-far")
    with world.database.together():
        world.engine.plan("ca-mau", world.now + 5_000, world.now + 70_000, "-")
    world.run(4)
    assert world.state_of("unreachable|rt-far") == "pending"
    world.run(60)
    assert world.state_of("unreachable|rt-far") == "inactive"
    assert world.told() == []


def rows(world: World, *names: str) -> None:
    """A reading of a router with busy interfaces."""
    one = world.batch("rt-near")
    tables = [
        Table(measurement="interface", tags=["if_name"], fields=["in_pct"], rows=[[name, 95.0] for name in names])
    ]
    world.give(replace(one, batch=one.batch.model_copy(update={"tables": tables})))


def test_a_row_that_is_no_longer_there_is_over(make: Callable[..., World]) -> None:
    world = make({"load": LOAD})
    for _ in range(3):
        world.run(10)
        rows(world, "ge-1")
    assert [one.about for one in world.engine.open_incidents()] == ["load|rt-near/ge-1"]
    assert "rt-near/ge-1" in world.pages()[0].notice.body
    for _ in range(GONE_MS // 60_000 + 2):
        world.now += 59_000
        world.run(1)
        rows(world)
    assert world.told()[-1] == ("resolve", "truong-ca")
    assert world.state_of("load|rt-near/ge-1") == "inactive"


def test_a_device_that_names_its_rows_anew_each_time_costs_a_bounded_number_of_alerts(
    make: Callable[..., World],
) -> None:
    world = make({"load": LOAD.model_copy(update={"page": False})})
    for n in range(3):
        world.run(10)
        rows(world, *[f"if-{n}-{m}\n|/" for m in range(MAX_ROWS)])
    assert len(world.engine.alerts()) == MAX_ROWS
    assert world.engine.counts["alerts_left_out"] == 2 * MAX_ROWS
    assert not any("\n" in name for name in world.engine.alerts())
    world.run(10)
    world.down.add("rt-far")
    world.run(1)


def test_a_file_of_counters_is_no_sign_of_life_and_a_trap_is(make: Callable[..., World]) -> None:
    world = make()
    world.down.add("rt-near")
    world.run(11)
    for kind, expected in (("pm", "down"), ("trap", "up")):
        one = world.batch("rt-near")
        said = Batch(kind=kind, device="rt-near", time=world.now, assignment=one.batch.assignment)  # type: ignore[arg-type]
        world.give(replace(one, batch=said))
        assert world.engine.sight.answer("rt-near", world.now) == expected
        world.now += 500


def test_each_outcome_of_a_poll_is_what_it_is(make: Callable[..., World]) -> None:
    world = make()
    expected = {
        "ok": "up",
        "partial": "up",
        "timeout": "down",
        "unreachable": "down",
        "refused": "down",
        "auth": "unclear",
        "error": "unclear",
    }
    for outcome, answer in expected.items():
        world.now += 500
        one = world.batch("rt-near")
        poll = PollInfo(outcome=outcome, took_ms=1)  # type: ignore[arg-type]
        world.give(replace(one, batch=one.batch.model_copy(update={"poll": poll})))
        assert world.engine.sight.answer("rt-near", world.now) == answer
    assert router("x", "y").interval_s == INTERVAL_S


def test_a_rule_that_is_not_for_the_new_role_of_a_device_is_over(make: Callable[..., World]) -> None:
    world = make(shipped(10))
    world.down.add("rt-far")
    world.run(40)
    changed = [
        one.model_copy(update={"role": "switch"}) if one.id == "rt-far" else one for one in world.inventory.devices
    ]
    world.edit(world.inventory.model_copy(update={"devices": changed}))
    world.run(40)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]
    assert world.state_of("device-unreachable|rt-far") == "firing"
