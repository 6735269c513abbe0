"""Who is behind whom, held against all paths that there are."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from collector.watch.blame import Blame
from collector.watch.topology import Topology
from contract.inventory import AgentEntry, Area, Device, Inventory, Link, Site

NAMES = [f"d{n}" for n in range(6)]
Edges = set[tuple[str, str]]
EDGES = st.sets(st.sampled_from([(a, b) for a in NAMES for b in NAMES if a < b]), max_size=8)
STATES = st.fixed_dictionaries({name: st.sampled_from(["up", "down", "down", None, "unclear"]) for name in NAMES})
AGENTS = st.fixed_dictionaries({name: st.sampled_from(["one", "two", "homeless"]) for name in NAMES})
DOORS = st.fixed_dictionaries({agent: st.sampled_from(NAMES) for agent in ("one", "two")})


def network(edges: Edges, agents: dict[str, str], doors: dict[str, str]) -> Topology:
    """Each device at a site of its own; the agents `one` and `two` stand at one of them, `homeless` at none."""
    return Topology(
        Inventory(
            areas=[Area(id="x", name="x", level="commune")],
            sites=[Site(id=f"at-{name}", name=name, area="x") for name in NAMES],
            agents=[AgentEntry(id="homeless"), *[AgentEntry(id=one, site=f"at-{at}") for one, at in doors.items()]],
            devices=[
                Device(id=name, site=f"at-{name}", agent=agent, address="::1", profiles=["p"], credential="c")
                for name, agent in agents.items()
            ],
            links=[Link(id=f"{a}-{b}", ends=(a, b)) for a, b in sorted(edges)],
        )
    )


def paths(edges: Edges, start: str, end: str, met: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """All ways from one device to another, without its start, that meet none twice."""
    if start == end:
        yield ()
        return
    for here, there in edges | {(b, a) for a, b in edges}:
        if here == start and there not in met and there != start:
            for rest in paths(edges, there, end, (*met, start)):
                yield (there, *rest)


def is_own_fault(edges: Edges, start: str, door: str, states: dict[str, str | None]) -> bool:
    """Whether something that start is reached through answers, or all of a way to its agent cannot be seen."""
    for end in set(NAMES) - {start}:
        for way in paths(edges, start, end):
            unseen = all(states[one] is None for one in way[:-1])
            if unseen and (states[end] in ("up", "unclear") or (states[end] is None and end == door)):
                return True
    return False


def seen_from(
    agent: str,
    device: str,
    edges: Edges,
    agents: dict[str, str],
    doors: dict[str, str],
    states: dict[str, str | None],
) -> str | None:
    """What a device tells an agent of its ways: one of another agent only when it is dead of itself, as far as what
    that agent polls can tell."""
    other = agents[device]
    if other == agent:
        return states[device]
    alone = {one: states[one] if agents[one] == other else None for one in NAMES}
    door = doors.get(other, "")
    has_ways = device != door and any(paths(edges, device, door))
    is_dead = states[device] == "down" and (not has_ways or is_own_fault(edges, device, door, alone))
    return "down" if is_dead else None


@given(EDGES, AGENTS, DOORS, STATES)
def test_a_device_is_behind_another_when_no_way_to_its_agent_may_be_open(
    edges: Edges, agents: dict[str, str], doors: dict[str, str], states: dict[str, str | None]
) -> None:
    behind = Blame(network(edges, agents, doors), states.get).behind
    for name in NAMES:
        door = doors.get(agents[name], "")
        seen = {one: seen_from(agents[name], one, edges, agents, doors, states) for one in NAMES}
        ways = list(paths(edges, name, door)) if door != name else []
        blamed = behind(name)
        assert (blamed is not None) == (bool(ways) and not is_own_fault(edges, name, door, seen))
        if blamed is not None:
            assert seen[blamed] == "down"
            assert any(blamed in way for way in ways)
            assert blamed == door or is_own_fault(edges, blamed, door, seen)  # it is nobody's victim itself


@given(EDGES, AGENTS, DOORS, STATES)
def test_asked_together_or_alone_the_blame_is_the_same(
    edges: Edges, agents: dict[str, str], doors: dict[str, str], states: dict[str, str | None]
) -> None:
    topology = network(edges, agents, doors)
    together = Blame(topology, states.get).behind
    assert [together(name) for name in NAMES] == [Blame(topology, states.get).behind(name) for name in NAMES]


@given(EDGES, AGENTS, DOORS, st.sets(st.sampled_from(NAMES)))
def test_what_some_devices_cut_off_is_what_every_path_leads_through(
    edges: Edges, agents: dict[str, str], doors: dict[str, str], dead: set[str]
) -> None:
    expected = set()
    for name in set(NAMES) - dead:
        door = doors.get(agents[name], "")
        ways = list(paths(edges, name, door)) if door != name else []
        if ways and all(dead & set(way) for way in ways):
            expected.add(name)
    assert network(edges, agents, doors).cut_off_by(dead) == expected


@given(EDGES, AGENTS, DOORS, st.sets(st.sampled_from(NAMES), min_size=1))
def test_where_the_network_ends_nothing_else_is_cut_off(
    edges: Edges, agents: dict[str, str], doors: dict[str, str], here: set[str]
) -> None:
    made = network(edges, agents, doors)
    if made.is_end(here):
        for dead in ({one} for one in here):
            assert made.cut_off_by(dead) <= here
        assert made.cut_off_by(here) <= here


def test_of_a_chain_of_dead_devices_the_one_nearest_to_the_agent_is_blamed() -> None:
    edges = {("d0", "d1"), ("d1", "d2"), ("d2", "d3")}
    topology = network(edges, dict.fromkeys(NAMES, "one"), {"one": "d0", "two": "d5"})
    states = {"d0": "up", "d1": "down", "d2": "down", "d3": "down"}
    behind = Blame(topology, states.get).behind
    assert [behind(name) for name in ("d3", "d2", "d1")] == ["d1", "d1", None]


def test_the_door_of_another_agent_is_no_way_to_mine() -> None:
    edges = {("d0", "d1"), ("d1", "d2")}
    topology = network(edges, dict.fromkeys(NAMES, "one"), {"one": "d0", "two": "d2"})
    assert Blame(topology, {"d1": "down", "d2": "down"}.get).behind("d2") == "d1"


def test_a_dead_ring_of_thousands_is_judged_without_recursion() -> None:
    names = [f"r{n}" for n in range(3000)]
    inventory = Inventory(
        areas=[Area(id="x", name="x", level="commune")],
        sites=[Site(id="at-door", name="x", area="x"), Site(id="else", name="x", area="x")],
        agents=[AgentEntry(id="one", site="at-door")],
        devices=[
            Device(
                id=name,
                site="else" if n else "at-door",
                agent="one",
                address="::1",
                profiles=["p"],
                credential="c",
            )
            for n, name in enumerate(names)
        ],
        links=[Link(id=f"l{n}", ends=(names[n - 1], names[n])) for n in range(3000)],
    )
    behind = Blame(Topology(inventory), lambda name: "up" if name == "r0" else "down").behind
    assert behind("r1500") in {"r1", "r2999"}
    assert behind("r1") is None
