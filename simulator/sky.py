"""What befalls the province: its story, what comes by chance, or nothing."""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from contract.inventory import Inventory
from simulator.model.chance import chance
from simulator.model.faults import Fault
from simulator.model.rates import Rates
from simulator.model.story import story

PACE = 60.0  # the story's times are multiplied by it: at that speed they are those of the wall
BATTERY_S = 2400.0  # what is left in the battery of the story's site, which is old


@dataclass(frozen=True, slots=True)
class Sky:
    """`quiet`: no faults at all. `story`: those of `model/story.py` beside those of chance, which are `hurry` times as
    frequent as in life, but for what is frequent there already."""

    quiet: bool = False
    story: bool = True
    hurry: float = 1.0


def faults(inventory: Inventory, sky: Sky, seed: int, start: float) -> tuple[Iterable[Fault], Mapping[str, float]]:
    """Return the faults in the order of their start, and how many seconds the batteries last that it plays with."""
    if sky.quiet:
        return (), {}
    by_chance = chance(inventory, seed, start, hurried(sky.hurry))
    if not sky.story:
        return by_chance, {}
    told = story(inventory, seed, start, {site.id: BATTERY_S for site in inventory.sites}, PACE)
    lasts = {fault.element: BATTERY_S for fault in told.faults if fault.kind == "mains"}
    return heapq.merge(told.faults, filter(told.leaves, by_chance), key=lambda fault: fault.at_s), lasts


def hurried(factor: float) -> Rates:
    """Return the rates times that, but for rain, tides, and single messages."""
    life = Rates()
    return replace(
        life.times(factor),
        fades_per_hop=life.fades_per_hop,
        floods=life.floods,
        garbled_per_sensor=life.garbled_per_sensor,
        repeated_per_sensor=life.repeated_per_sensor,
    )
