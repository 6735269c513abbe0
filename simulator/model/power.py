"""The power of a site: mains, rectifier, battery, generator, and the cabinet that they stand in.

All of it is a function of the time and of what was commanded. Commands must come in the order of time. Times are
seconds since 1970 UTC. The battery is VRLA of 48 V; currents into it are positive.
"""

from collections.abc import Callable
from math import cos, exp, inf, sin, tau
from random import Random
from typing import Literal, NamedTuple

FLOAT_V, CHARGING_V, FULL_V, EMPTY_V = 53.9, 50.5, 50.0, 44.0
AUTONOMY_S = 4 * 3600.0
RECHARGE = 1.25  # times as long as it lasts
FUEL_S = 48 * 3600.0
_SETTLING = 0.05  # the share of the charge over which a battery taken off float falls to `FULL_V`
_HOTTER, _HEATING_S = 8.0, 1800.0  # without the air conditioning, in degrees
_DAY_S, _HOTTEST_S = 86_400, 6 * 3600  # 13 h in Cà Mau

Generator = Literal["off", "run", "fault"]


class Reading(NamedTuple):
    """What the sensors of a site measure: V, A, °C, charge and fuel from 0 to 1. Without a generator its two are
    None."""

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


class _Phase(NamedTuple):
    """From `start` on, with that charge, the battery is charged (`fed`) or carries the load."""

    start: float
    charge: float
    fed: bool


class Power:
    """One site's power."""

    def __init__(self, site: str, seed: int, start: float, *, autonomy_s: float = AUTONOMY_S, generator: bool) -> None:
        """`autonomy_s`: how long a full battery carries the load."""
        random = Random(f"{seed}/{site}/power")
        self.load_a = random.uniform(8.0, 25.0)
        self._warm = random.uniform(30.0, 34.0)
        self._fuel = random.uniform(0.5, 1.0)
        self._noise = _noise(random)
        self._autonomy_s, self._has_generator = autonomy_s, generator
        self._starting_s = min(10.0, autonomy_s / 2)
        self._mains, self._door_open = True, False
        self._heat = 0.0
        self._phases = [_Phase(start, 1.0, fed=True)]

    def mains(self, now: float, *, on: bool) -> None:
        """Let the mains go or return. A generator starts by itself a little later, and runs until its fuel is gone."""
        if on == self._mains:
            return
        charge, fuel, self._heat = self.charge(now), self._fuel_left(now), self._heat_at(now)
        self._mains, self._fuel = on, fuel
        self._phases = [_Phase(now, charge, fed=on)]
        if not on and self._has_generator:
            for at, fed in ((now + self._starting_s, True), (now + self._starting_s + fuel * FUEL_S, False)):
                self._phases.append(_Phase(at, self.charge(at), fed=fed))

    def door(self, *, is_open: bool) -> None:
        """Open or close the cabinet."""
        self._door_open = is_open

    def dark(self, now: float) -> bool:
        """Whether nothing at the site has power."""
        phase = self._phase(now)
        return not phase.fed and now >= self._empty_at(phase)

    def charge(self, now: float) -> float:
        """Return the battery's charge, 0 to 1."""
        phase = self._phase(now)
        if phase.fed:
            return min(1.0, phase.charge + max(0.0, now - phase.start) / (RECHARGE * self._autonomy_s))
        return min(phase.charge, max(0.0, self._empty_at(phase) - now) / self._autonomy_s)

    def generator(self, now: float) -> Generator | None:
        """Return its state: `fault` is one that has no fuel left to run with; None: there is none."""
        if not self._has_generator:
            return None
        return ("off", "run", "fault")[0 if self._mains else self._phases.index(self._phase(now))]

    def next_change(self, now: float) -> float:
        """Return when next something may begin or end by itself; inf when nothing will."""
        empty = (self._empty_at(phase) for phase in self._phases if not phase.fed)
        return min((at for at in (*empty, *(phase.start for phase in self._phases)) if at > now), default=inf)

    def read(self, now: float) -> Reading:
        """Return what is measured at that time."""
        phase, charge, wave, dark = self._phase(now), self.charge(now), self._noise(now), self.dark(now)
        charging = self.load_a / RECHARGE if phase.fed and charge < 1 else 0.0
        discharging = 0.0 if phase.fed or dark else self.load_a
        bus = CHARGING_V + (FLOAT_V - CHARGING_V) * charge if phase.fed else _discharged(charge)
        cabinet = self._warm + 4 * cos(tau * (now - _HOTTEST_S) / _DAY_S) + 0.3 * wave + self._heat_at(now)
        return Reading(
            mains=self._mains,
            mains_v=228.0 + 3 * wave if self._mains else 0.0,
            rectifier_v=0.0 if dark else bus,
            rectifier_a=self.load_a * (1 + 0.03 * wave) + charging if phase.fed else 0.0,
            battery_v=bus,
            battery_a=charging - discharging,
            charge=charge,
            battery_celsius=cabinet - 2.0,
            generator=self.generator(now),
            fuel=self._fuel_left(now) if self._has_generator else None,
            cabinet_celsius=cabinet,
            door_open=self._door_open,
        )

    def _phase(self, now: float) -> _Phase:
        return next((phase for phase in reversed(self._phases) if phase.start <= now), self._phases[0])

    def _empty_at(self, phase: _Phase) -> float:
        return phase.start + phase.charge * self._autonomy_s

    def _fuel_left(self, now: float) -> float:
        ran = now - self._phases[1].start if len(self._phases) > 1 else 0.0
        return max(0.0, self._fuel - max(0.0, ran) / FUEL_S)

    def _heat_at(self, now: float) -> float:
        """Return by how much the cabinet is hotter for want of mains."""
        goal = 0.0 if self._mains else _HOTTER
        return goal + (self._heat - goal) * exp(-max(0.0, now - self._phases[0].start) / _HEATING_S)


def _discharged(charge: float) -> float:
    """Return the voltage of a battery that carries the load."""
    above = (FLOAT_V - FULL_V) * max(0.0, charge - (1 - _SETTLING)) / _SETTLING
    return EMPTY_V + (FULL_V - EMPTY_V) * charge + above


def _noise(random: Random) -> Callable[[float], float]:
    """Return a restless curve between -1 and 1."""
    waves = [(tau / random.uniform(5.0, 90.0), random.uniform(0.0, tau)) for _ in range(3)]
    return lambda now: sum(sin(pulse * now + phase) for pulse, phase in waves) / len(waves)
