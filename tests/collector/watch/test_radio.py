"""A site behind a microwave hop: whatever of it dies first, one page; and none for a radio that only says nothing."""

from collections.abc import Callable

import pytest
from collector.watch.world import World, province, router

from contract.inventory import Inventory, Link


def hop() -> Inventory:
    """The province with a hop from the backbone node `agg` to the site `east`: a radio at each end."""
    made = province()
    radios = [
        router(name, site).model_copy(update={"role": "microwave"})
        for name, site in (("mw-1", "agg"), ("mw-2", "east"))
    ]
    ends = (("rt-agg", "mw-1"), ("mw-1", "mw-2"), ("mw-2", "rt-east"))
    links = [link for link in made.links if link.id != "ln-agg-east"]
    links += [Link(id="-".join(pair), ends=pair) for pair in ends]
    return made.model_copy(update={"devices": [*made.devices, *radios], "links": links})


@pytest.mark.parametrize(
    ("down", "place", "rule"),
    [
        ({"mw-2", "rt-east"}, "east", "transmission-unreachable"),
        ({"mw-1", "mw-2", "rt-east"}, "agg", "transmission-unreachable"),
        ({"rt-east"}, "east", "router-unreachable"),
    ],
)
def test_a_site_that_is_lost_is_one_page_at_the_end_of_the_way_that_still_answers(
    make: Callable[..., World], down: set[str], place: str, rule: str
) -> None:
    world = make(inventory=hop())
    world.down |= down
    world.run(60)
    assert world.told() == [("page", "ca-1")]
    (incident,) = world.engine.open_incidents()
    assert (incident.place, incident.about.partition("|")[0]) == (place, rule)
    world.down.clear()
    world.run(60)
    assert world.told() == [("page", "ca-1"), ("resolve", "ca-1")]


@pytest.mark.parametrize("radio", ["mw-1", "mw-2"])
def test_a_radio_that_does_not_answer_while_what_is_behind_it_does_wakes_nobody(
    make: Callable[..., World], radio: str
) -> None:
    world = make(inventory=hop())
    world.down |= {radio}
    world.run(120)
    assert world.state_of(f"device-unreachable|{radio}") == "firing"
    assert world.told() == []
