"""The power of a site: mains, rectifier, battery, generators, and the cabinet that they stand in.

All of it is a function of the time and of what was commanded. Commands must come in the order of time. Times are
seconds since 1970 UTC. The battery is VRLA of 48 V; currents into it are positive.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from math import cos, exp, inf, sin, tau
from random import Random
from typing import Literal, NamedTuple

from contract.inventory import Site
from simulator.model.climate import DAY_S, HOUR_S, YEAR_S, hour
from simulator.model.reading import Battery, Generator, Reading

FLOAT_V, CHARGING_V, FULL_V, EMPTY_V = 53.9, 50.5, 50.0, 44.0
NEW_S, SPREAD_S = 4 * HOUR_S, 0.8 * HOUR_S  # how long a new battery carries the load at 25 °C
AGES_A_YEAR, WORN = 0.06, 0.5  # of its charge it loses each year, until it is replaced
RECHARGE = 1.25  # times as long as it lasts: about 5 h
FUEL_S = 72 * HOUR_S  # of a full tank; the emptiest has a third of it
START_FAILS = 0.03
PORTABLE = 0.4  # of the sites without a generator that lose their mains are sent one
ARRIVES_S = {"road": (1.5 * HOUR_S, 4 * HOUR_S), "boat": (3 * HOUR_S, 8 * HOUR_S)}
_SETTLING = 0.05  # the share of the charge over which a battery taken off float falls to `FULL_V`
_HOTTER, _HEATING_S = 9.0, 1800.0  # without the air conditioning, in degrees
_HOTTEST_S = 6 * HOUR_S  # 13 h in Cà Mau
_DAMP_PCT = 70.0  # in the middle of the day it is drier
_DAILY = 5.0  # degrees around the middle of the day

Source = Literal["mains", "battery", "generator", "portable"]


class _Phase(NamedTuple):
    """From `start` on, with that charge, the load is on that source, which charges the battery if it is another."""

    start: float
    charge: float
    source: Source

    @property
    def fed(self) -> bool:
        return self.source != "battery"


class Power:
    """One site's power."""

    def __init__(self, site: Site, seed: int, start: float, *, autonomy_s: float | None = None) -> None:
        """`autonomy_s`: how long a full battery carries the load; by its age and the heat when not given."""
        random = Random(f"{seed}/{site.id}/power")
        self.load_a = random.uniform(8.0, 25.0)
        self._warm = random.uniform(30.0, 34.0)
        self._tank = random.uniform(1 / 3, 1.0)
        new_s = random.gauss(NEW_S, SPREAD_S)
        self._noise = _noise(random)
        self._name, self._seed, self._has_generator = site.id, seed, site.generator
        self._arrives_s = ARRIVES_S[site.access or "road"]
        given = autonomy_s if autonomy_s is not None else _autonomy(max(HOUR_S, new_s), site, start, self._warm)
        self.autonomy_s = given
        self._starting_s = min(10.0, given / 2)
        self._fuel, self._ran_s = self._tank, random.uniform(50.0, 900.0) * HOUR_S
        self._health = _health(site, start)
        self._mains = self._rectifier = self._works = self._cooled = True
        self._door_open = self._water = False
        self._heat, self._heat_at_s = 0.0, start
        self._cuts = 0
        self._phases = [_Phase(start, 1.0, "mains")]

    def mains(self, now: float, *, on: bool, aided: bool = True) -> None:
        """Let the mains go or return. `aided`: a generator may be brought."""
        if on != self._mains:
            self._cuts += not on
            self._change(now, on, self._rectifier, aided=aided)

    def rectifier(self, now: float, *, works: bool) -> None:
        """Let the rectifier fail, whatever feeds it, or work again."""
        if works != self._rectifier:
            self._change(now, self._mains, works, aided=True)

    def starts(self, *, works: bool) -> None:
        """Whether its generator starts the next time."""
        self._works = works

    def cooling(self, now: float, *, works: bool) -> None:
        """Let the air conditioning fail or work again."""
        self._heat, self._heat_at_s, self._cooled = self._heat_at(now), now, works

    def door(self, *, is_open: bool) -> None:
        """Open or close the cabinet."""
        self._door_open = is_open

    def water(self, *, there: bool) -> None:
        """Let water into the cabinet's sensor, or out."""
        self._water = there

    def dark(self, now: float) -> bool:
        """Whether nothing at the site has power."""
        phase = self._phase(now)
        return not phase.fed and now >= self._empty_at(phase)

    def charge(self, now: float) -> float:
        """Return the battery's charge, 0 to 1."""
        phase = self._phase(now)
        if phase.fed:
            return min(1.0, phase.charge + max(0.0, now - phase.start) / (RECHARGE * self.autonomy_s))
        return min(phase.charge, max(0.0, self._empty_at(phase) - now) / self.autonomy_s)

    def source(self, now: float) -> Source:
        """Return what carries the load, if anything does."""
        return self._phase(now).source

    def generator(self, now: float) -> Generator | None:
        """Return its state: `fault` is one that ought to run and does not; None: there is none."""
        if not self._has_generator:
            return None
        first = self._phases[0]
        if self._mains or now < first.start + self._starting_s:
            return "off"
        return "run" if self.source(now) == "generator" else "fault"

    def battery(self, now: float) -> Battery:
        """Return what a controller knows of the battery beside what it measures."""
        phase = self._phase(now)
        on_s = 0.0 if phase.fed else now - phase.start
        return Battery(on_s, self.charge(now) * self.autonomy_s, self._cuts)

    def next_change(self, now: float) -> float:
        """Return when next something may begin or end by itself; inf when nothing will."""
        empty = (self._empty_at(phase) for phase in self._phases if not phase.fed)
        starts = (phase.start for phase in self._phases)
        tried = self._phases[0].start + self._starting_s if not self._mains and self._has_generator else -inf
        return min((at for at in (*empty, *starts, tried) if at > now), default=inf)

    def celsius(self, now: float) -> float:
        """Return the cabinet's temperature alone."""
        return self._cabinet(now, self._noise(now))

    def read(self, now: float) -> Reading:
        """Return what is measured at that time."""
        phase, charge, wave, dark = self._phase(now), self.charge(now), self._noise(now), self.dark(now)
        charging = self.load_a / RECHARGE if phase.fed and charge < 1 else 0.0
        discharging = 0.0 if phase.fed or dark else self.load_a
        bus = CHARGING_V + (FLOAT_V - CHARGING_V) * charge if phase.fed else _discharged(charge)
        cabinet = self._cabinet(now, wave)
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
            run_hours=(self._ran_s + self._running_s(now)) / HOUR_S if self._has_generator else None,
            cabinet_celsius=cabinet,
            door_open=self._door_open,
            rectifier_ok=self._rectifier,
            water=self._water,
            health=self._health,
            humidity_pct=_DAMP_PCT - 2 * (cabinet - self._warm),
            light_on=not 6 <= hour(now) < 18,
        )

    def _change(self, now: float, mains: bool, rectifier: bool, *, aided: bool) -> None:
        charge, fuel = self.charge(now), self._fuel_left(now)
        self._ran_s += self._running_s(now)
        self._heat, self._heat_at_s = self._heat_at(now), now
        if self._mains and not mains and now - self._phases[0].start > DAY_S:
            fuel = self._tank  # it was filled up since
        self._mains, self._rectifier, self._fuel = mains, rectifier, fuel
        self._phases = [_Phase(now, charge, "mains" if mains and rectifier else "battery")]
        for at, source in self._aid(now, aided=aided) if not mains and rectifier else ():
            self._phases.append(_Phase(at, self.charge(at), source))

    def _aid(self, now: float, *, aided: bool) -> Iterator[tuple[float, Source]]:
        """Yield what takes over from the battery, and when."""
        random = Random(f"{self._seed}/{self._name}/aid/{now:.0f}")
        works = random.random() >= START_FAILS and self._works
        sent, travels_s = random.random() < PORTABLE, random.uniform(*self._arrives_s)
        if self._has_generator and works:
            yield now + self._starting_s, "generator"
            yield now + self._starting_s + self._fuel * FUEL_S, "battery"
        elif sent and aided:
            yield now + travels_s, "portable"

    def _phase(self, now: float) -> _Phase:
        return next((phase for phase in reversed(self._phases) if phase.start <= now), self._phases[0])

    def _empty_at(self, phase: _Phase) -> float:
        return phase.start + phase.charge * self.autonomy_s

    def _fuel_left(self, now: float) -> float:
        return max(0.0, self._fuel - self._running_s(now) / FUEL_S)

    def _running_s(self, now: float) -> float:
        """Return for how long the generator has run since the last change."""
        ran = (min(now, end.start) - one.start for one, end in self._spans() if one.source == "generator")
        return sum(max(0.0, s) for s in ran)

    def _spans(self) -> list[tuple[_Phase, _Phase]]:
        return list(zip(self._phases, [*self._phases[1:], _Phase(inf, 0.0, "battery")], strict=True))

    def _cabinet(self, now: float, wave: float) -> float:
        return self._warm + _DAILY * cos(tau * (now - _HOTTEST_S) / DAY_S) + 0.3 * wave + self._heat_at(now)

    def _heat_at(self, now: float) -> float:
        """Return by how much the cabinet is hotter for want of air conditioning."""
        goal = 0.0 if self._mains and self._cooled else _HOTTER
        return goal + (self._heat - goal) * exp(-max(0.0, now - self._heat_at_s) / _HEATING_S)


def _autonomy(new_s: float, site: Site, start: float, celsius: float) -> float:
    """Return how long a full battery lasts: less with age, and by 1 % for each degree over 25."""
    return new_s * _health(site, start) * (1 - 0.01 * max(0.0, celsius - 25))


def _health(site: Site, start: float) -> float:
    """Return what a battery holds, of what it held when it was new."""
    born = site.battery_since
    years = (start - datetime(born.year, born.month, born.day, tzinfo=UTC).timestamp()) / YEAR_S if born else 0.0
    return max(WORN, 1 - AGES_A_YEAR * max(0.0, years))


def _discharged(charge: float) -> float:
    """Return the voltage of a battery that carries the load."""
    above = (FLOAT_V - FULL_V) * max(0.0, charge - (1 - _SETTLING)) / _SETTLING
    return EMPTY_V + (FULL_V - EMPTY_V) * charge + above


def _noise(random: Random) -> Callable[[float], float]:
    """Return a restless curve between -1 and 1."""
    waves = [(tau / random.uniform(5.0, 90.0), random.uniform(0.0, tau)) for _ in range(3)]
    return lambda now: sum(sin(pulse * now + phase) for pulse, phase in waves) / len(waves)
