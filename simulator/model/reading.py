"""What is measured at a site."""

from typing import Literal, NamedTuple

Generator = Literal["off", "run", "fault"]


class Reading(NamedTuple):
    """What the sensors of a site measure: V, A, °C, charge, health and fuel from 0 to 1. Without a generator its three
    are None. `rectifier_ok`: it gives what it is asked for, or has no mains."""

    mains: bool
    mains_v: float
    rectifier_v: float
    rectifier_a: float
    battery_v: float
    battery_a: float
    charge: float
    battery_celsius: float
    generator: Generator | None
    fuel: float | None
    cabinet_celsius: float
    door_open: bool
    rectifier_ok: bool = True
    water: bool = False
    health: float = 1.0
    run_hours: float | None = None
    humidity_pct: float = 60.0
    light_on: bool = False


class Battery(NamedTuple):
    """`on_s`: for how long it has carried the load, 0 when it does not; `left_s`: how long it would from now on;
    `cuts`: how often the mains have failed."""

    on_s: float
    left_s: float
    cuts: int
