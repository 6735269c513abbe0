"""A fault whose reason is still in doubt: no page for a child before what it is reached through has had its say."""

from collections.abc import Callable

from collector.watch.world import World, province

from collector.watch.evidence import PATIENCE_MS
from collector.watch.rules import Unreachable
from contract.inventory import AgentEntry

UNREACHABLE = {"unreachable": Unreachable(kind="unreachable", en="-", vi="-", page=True, for_s=15)}
WAITS_S = 15 + 2 * 10 + PATIENCE_MS // 1000  # the rule's time, two intervals of the parent, and patience


def since_down(world: World, device: str) -> int:
    """Let time pass until the first reading without an answer; return when that was."""
    world.down.add(device)
    while world.state_of(f"unreachable|{device}") == "inactive":
        world.run(1)
    return world.engine.alerts()[f"unreachable|{device}"].since


def run_until(world: World, at: int) -> None:
    """Let time pass until then."""
    world.run((at - world.now) // 1000)


def test_a_child_waits_for_a_parent_that_has_not_been_read_since_and_is_not_paged_when_that_is_dead(
    make: Callable[..., World],
) -> None:
    world = make(UNREACHABLE)
    world.silent.add("rt-agg")
    since = since_down(world, "rt-east")
    run_until(world, since + (WAITS_S - 1) * 1000)
    assert world.state_of("unreachable|rt-east") == "pending"
    world.give(world.batch("rt-agg", "timeout"), beats=["a", "b"])
    assert world.state_of("unreachable|rt-east") == "inactive"
    world.run(3)
    assert world.told() == []


def test_a_child_is_paged_at_once_when_its_parent_answers_and_after_a_while_when_nobody_can_say(
    make: Callable[..., World],
) -> None:
    world = make(UNREACHABLE)
    since = since_down(world, "rt-east")
    run_until(world, since + 17_000)
    assert world.told() == [("page", "ca-1")]
    world.down.clear()
    world.run(40)
    world.silent.add("rt-agg")
    since = since_down(world, "rt-west")
    run_until(world, since + (WAITS_S - 1) * 1000)
    assert len(world.told()) == 2
    world.run(3)
    assert world.told()[2:] == [("page", "ca-1")]


def test_a_parent_that_answers_to_another_agent_proves_nothing_at_once(make: Callable[..., World]) -> None:
    plain = province()
    devices = [one.model_copy(update={"agent": "b"}) if one.id == "rt-east" else one for one in plain.devices]
    agents = [AgentEntry(id="a", site="core"), AgentEntry(id="b", site="west")]
    world = make(UNREACHABLE, plain.model_copy(update={"devices": devices, "agents": agents}))
    since = since_down(world, "rt-east")
    run_until(world, since + (WAITS_S - 1) * 1000)
    assert world.told() == []
    world.run(3)
    assert world.told() == [("page", "ca-1")]


def test_a_silent_agent_ends_what_is_pending_of_a_device_that_is_read_seldom(make: Callable[..., World]) -> None:
    slow = [one.model_copy(update={"interval_s": 600.0}) for one in province().devices]
    world = make(
        {"unreachable": UNREACHABLE["unreachable"].model_copy(update={"for_s": 60.0})},
        province().model_copy(update={"devices": slow, "links": []}),
    )
    since = since_down(world, "rt-near")
    world.silent.add("a")
    run_until(world, since + 90_000)
    assert world.state_of("unreachable|rt-near") == "inactive"
    assert world.told() == []
