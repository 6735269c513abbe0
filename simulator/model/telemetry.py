"""Faults of telemetry itself: nothing is wrong but what we are told."""

from collections.abc import Iterator
from random import Random

from contract.inventory import Inventory
from simulator.model.arrivals import arrivals
from simulator.model.faults import Fault, Kind
from simulator.model.rates import Rates

_LASTS_S: dict[Kind, tuple[float, float]] = {
    "hang": (600.0, 6 * 3600.0),
    "counters": (0.0, 0.0),
    "garbled": (0.0, 0.0),
    "repeated": (0.0, 0.0),
    "clock": (3600.0, 5 * 86_400.0),
    "late": (600.0, 2 * 3600.0),
}
OFF_S = 300.0  # by how much a sensor's clock is off at most, forward or back


def faults(inventory: Inventory, seed: int, start: float, rates: Rates) -> Iterator[Iterator[Fault]]:
    """Yield the processes of each device and sensor."""
    for device in inventory.devices:
        yield _process("hang", device.id, seed, start, rates.hangs_per_device)
        yield _process("counters", device.id, seed, start, rates.counters_per_device)
    for sensor in inventory.sensors:
        yield _process("garbled", sensor.id, seed, start, rates.garbled_per_sensor)
        yield _process("repeated", sensor.id, seed, start, rates.repeated_per_sensor)
        yield _process("clock", sensor.id, seed, start, rates.clocks_per_sensor)
        yield _process("late", sensor.id, seed, start, rates.late_per_sensor)


def _process(kind: Kind, element: str, seed: int, start: float, per_year: float) -> Iterator[Fault]:
    random = Random(f"{seed}/{kind}/{element}")
    for at in arrivals(random, per_year, start):
        number = round(random.uniform(-OFF_S, OFF_S), 1) if kind == "clock" else None
        yield Fault(at - start, random.uniform(*_LASTS_S[kind]), element, kind, number=number)
