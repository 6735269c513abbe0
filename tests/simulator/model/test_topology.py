"""What a dead device takes with it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.inventory import AgentEntry, Device, Inventory, Link, Site
from simulator.model.topology import cut_off, leaves, neighbours
from simulator.sample.province import sample


def inventory(*links: str, devices: str = "rabcd") -> Inventory:
    """The devices of one agent, which is at the site of r; a link is named by its two ends."""
    return Inventory(
        sites=[Site(id=f"site-{name}", name=name, area="x") for name in devices],
        agents=[AgentEntry(id="agent", site="site-r")],
        devices=[
            Device(
                id=name, site=f"site-{name}", agent="agent", address="127.0.0.1", profiles=["system"], credential="c"
            )
            for name in devices
        ],
        links=[Link(id=f"ln-{link}", ends=(link[0], link[1])) for link in links],
    )


def test_what_is_behind_a_dead_device_is_cut_off_and_no_more() -> None:
    tree = inventory("ra", "ab", "ac", "rd")
    assert cut_off(tree, set()) == set()
    assert cut_off(tree, {"b"}) == {"b"}
    assert cut_off(tree, {"a"}) == {"a", "b", "c"}
    assert cut_off(tree, {"r"}) == {"r", "a", "b", "c", "d"}
    assert leaves(tree) == {"b", "c", "d"}


def test_a_ring_is_reached_from_its_other_side() -> None:
    ring = inventory("ra", "ab", "bc", "cr")
    assert cut_off(ring, {"a"}) == {"a"}
    assert cut_off(ring, {"a", "c"}) == {"a", "b", "c"}


def test_what_no_link_joins_to_the_agent_is_reached_directly() -> None:
    apart = inventory("ra", "bc")
    assert cut_off(apart, {"r"}) == {"r", "a"}
    assert cut_off(apart, {"b"}) == {"b"}
    assert cut_off(inventory(), {"r"}) == {"r"}


def test_neighbours_are_in_the_order_of_the_links() -> None:
    assert neighbours(inventory("ra", "ab", "ca"))["a"] == ["r", "b", "c"]


@settings(deadline=None, max_examples=20)
@given(st.data())
def test_more_dead_devices_never_cut_off_fewer(data: st.DataObject) -> None:
    made = sample(data.draw(st.integers(2, 40)), data.draw(st.integers()))
    names = st.sets(st.sampled_from([device.id for device in made.devices]))
    few, more = data.draw(names), data.draw(names)
    assert few <= cut_off(made, few) <= cut_off(made, few | more)
