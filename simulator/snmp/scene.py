"""What the devices see of the province, as functions: whoever plays it wires them to its model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from simulator.model.power import Reading
from simulator.snmp.week import Week


class Battery(NamedTuple):
    """What a power controller knows of its site beside what it measures, in simulated seconds: `on_s`: for how long the
    battery has carried the load, 0 when it does not; `left_s`: how long it would from now on; `cuts`: how often the
    mains have failed since it started."""

    on_s: float
    left_s: float
    cuts: int


@dataclass(frozen=True, slots=True)
class Scene:
    """`week`: from ticks to simulated time. All else takes an id and simulated seconds since 1970: `reading` and
    `battery` a site's; `signal` a link's, and returns the received power in dBm, of light or of a radio."""

    week: Week
    reading: Callable[[str, float], Reading]
    battery: Callable[[str, float], Battery]
    signal: Callable[[str, float], float]
