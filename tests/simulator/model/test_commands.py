"""Faults on command: what a person names becomes a fault that the world takes, or a text that helps."""

from math import inf

import pytest

from simulator.model.commands import CommandError, elements, fault
from simulator.model.faults import KINDS, STRIKES, Kind
from simulator.model.world import World
from simulator.sample.province import sample

PROVINCE = sample(40, 1)
START = 1_760_000_000.0


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_commanded_on_all_that_it_strikes_and_is_over_in_time(kind: Kind) -> None:
    for struck in STRIKES[kind]:
        world = World(PROVINCE, (), START, seed=1)
        changes = world.begin(fault(PROVINCE, min(elements(PROVINCE, struck)), kind, 5.0, 60.0))
        assert (changes[0].time, changes[0].cause) == (START + 5, "command")
        world.advance(START + 30 * 86_400)
        assert (world.active(), world.next_at) == ([], inf)


@pytest.mark.parametrize(
    ("element", "kind", "said"),
    [
        ("tram-dat-mui-01", "main", "there is no fault main (did you mean mains?)"),
        ("tram-dat-mui-1", "mains", "called tram-dat-mui-1 (did you mean tram-dat-mui-01?)"),
        ("tram-dat-mui-01", "fibre", "fibre strikes a link, and there is none called tram-dat-mui-01"),
        ("", "door", "door strikes a site"),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(element: str, kind: str, said: str) -> None:
    with pytest.raises(CommandError) as caught:
        fault(PROVINCE, element, kind, 0.0)
    assert said in str(caught.value)
