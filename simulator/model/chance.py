"""The faults that come by chance, in the order of their start. Each process has dice of its own, by its name and the
element's, so that neither another process nor a command shifts it."""

import heapq
from collections.abc import Iterator

from contract.inventory import Inventory
from simulator.model import grid, sites, storms, telemetry, transmission
from simulator.model.faults import Fault
from simulator.model.rates import Rates


def chance(inventory: Inventory, seed: int, start: float, rates: Rates) -> Iterator[Fault]:
    """Yield faults without end; `start` in seconds since 1970 is what their times count from."""
    processes = [
        *grid.faults(inventory, seed, start, rates),
        *transmission.faults(inventory, seed, start, rates),
        *sites.faults(inventory, seed, start, rates),
        *storms.faults(inventory, seed, start, rates),
        *telemetry.faults(inventory, seed, start, rates),
    ]
    return heapq.merge(*processes, key=lambda fault: (fault.at_s, fault.root))
