"""What the devices see of the province, as functions: whoever plays it wires them to its model."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.model.reading import Battery, Reading
from simulator.snmp.week import Week


@dataclass(frozen=True, slots=True)
class Scene:
    """`week`: from ticks to simulated time. All else takes an id and simulated seconds since 1970, as the methods of
    `World` do: `reading`, `celsius` (of the cabinet) and `battery` a site's; `signal` a link's, and returns the
    received power in dBm."""

    week: Week
    reading: Callable[[str, float], Reading]
    celsius: Callable[[str, float], float]
    battery: Callable[[str, float], Battery]
    signal: Callable[[str, float], float]
