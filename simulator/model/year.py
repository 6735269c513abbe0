"""The model alone, as fast as it goes: nobody polls, nothing speaks."""

from collections.abc import Iterator

from contract.inventory import Inventory
from simulator.model.chance import chance
from simulator.model.change import Change
from simulator.model.rates import Rates
from simulator.model.world import World


def simulate(
    inventory: Inventory, seed: int, start: float, lasts_s: float, rates: Rates | None = None
) -> Iterator[Change]:
    """Yield what comes to pass by chance in that time from `start`, seconds since 1970, on."""
    world = World(inventory, chance(inventory, seed, start, rates or Rates()), start, seed=seed)
    while world.next_at < start + lasts_s:
        yield from world.advance(world.next_at)
