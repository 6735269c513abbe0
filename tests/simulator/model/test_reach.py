"""The quick way to who is cut off is the simple one, for any network, dead devices and cut links."""

from hypothesis import given
from hypothesis import strategies as st

from contract.inventory import AgentEntry, Device, Inventory, Link, Site
from simulator.model.reach import Reach
from simulator.model.topology import cut_off

NAMES = [f"d-{n}" for n in range(9)]
PAIRS = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1])


def network(pairs: list[tuple[str, str]], agents: list[int]) -> Inventory:
    return Inventory(
        sites=[Site(id=f"s-{name}", name=name, area="a") for name in NAMES],
        agents=[AgentEntry(id="one", site="s-d-0"), AgentEntry(id="two", site="s-d-1"), AgentEntry(id="lost")],
        devices=[
            Device(id=name, site=f"s-{name}", agent=("one", "two", "lost")[agent], address="192.0.2.1", credential="c")
            for name, agent in zip(NAMES, agents, strict=True)
        ],
        links=[Link(id=f"l-{i}", ends=pair) for i, pair in enumerate(pairs)],
    )


@given(
    st.lists(PAIRS, max_size=14),
    st.lists(st.integers(0, 2), min_size=len(NAMES), max_size=len(NAMES)),
    st.sets(st.sampled_from(NAMES), max_size=4),
)
def test_it_is_the_simple_way(pairs: list[tuple[str, str]], agents: list[int], dead: set[str]) -> None:
    inventory = network(pairs, agents)
    assert Reach(inventory).gone(dead, ()) == cut_off(inventory, dead)


@given(
    st.lists(PAIRS, max_size=14),
    st.lists(st.integers(0, 2), min_size=len(NAMES), max_size=len(NAMES)),
    st.sets(st.integers(0, 13), max_size=5),
)
def test_a_cut_link_is_a_dead_device_in_its_middle(
    pairs: list[tuple[str, str]], agents: list[int], cut: set[int]
) -> None:
    inventory = network(pairs, agents)
    middles = [f"m-{i}" for i in range(len(pairs))]
    spare = [inventory.devices[0].model_copy(update={"id": name, "site": "x", "agent": "lost"}) for name in middles]
    halves = [Link(id=f"h-{i}-{j}", ends=(pairs[i][j], f"m-{i}")) for i in range(len(pairs)) for j in (0, 1)]
    between = inventory.model_copy(update={"devices": [*inventory.devices, *spare], "links": halves})
    dead = {f"m-{i}" for i in cut if i < len(pairs)}
    expected = cut_off(between, dead) - set(middles)
    assert Reach(inventory).gone(set(), {f"l-{i}" for i in cut}) == expected
