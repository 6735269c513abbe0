"""The state of the simulated province: faults begin and end, batteries run empty, routers start, and who is heard.

It has no clock: `advance` takes the time, in seconds since 1970 UTC, and does what is due. A sensor or cell is heard
through the routers of its site: when none of these is reached, neither is it, and what it would have said is lost.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from math import inf

from contract.inventory import Inventory
from simulator.model.faults import Fault, Kind, with_generator
from simulator.model.power import AUTONOMY_S, Power, Reading
from simulator.model.topology import cut_off
from simulator.snmp.device import Device
from simulator.snmp.week import TICKS

BOOT_S = 4.0
_ENDS: dict[Kind, str] = {
    "silent": "answers",
    "reboot": "started",
    "link_down": "link_up",
    "door_open": "door_closed",
    "mains_cut": "mains_back",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What has come to pass: `down` are the devices, sensors and cells that are not heard because of it, `up` those
    that are heard again. `cause` is `story`, `chance`, `over`, or the state that has led to this one."""

    time: float
    element: str
    state: str
    cause: str
    down: tuple[str, ...] = ()
    up: tuple[str, ...] = ()


class World:
    """Commands to the devices and their sites, in the order of time."""

    def __init__(
        self,
        inventory: Inventory,
        devices: Mapping[str, Device],
        faults: Iterable[Fault],
        start: float,
        *,
        seed: int = 0,
        autonomy_s: float = AUTONOMY_S,
    ) -> None:
        """`faults`: in the order of their start; taken one by one, so that they may be without end."""
        self._inventory, self._devices, self._faults, self._start = inventory, devices, iter(faults), start
        strong = with_generator(inventory)
        self._powers = {
            site.id: Power(site.id, seed, start, autonomy_s=autonomy_s, generator=site.id in strong)
            for site in inventory.sites
        }
        self._routers, self._others = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
        for device in inventory.devices:
            self._routers[device.site].add(device.id)
        for sensor in inventory.sensors:
            self._others[sensor.site].add(sensor.id)
        for cell in inventory.cells:
            self._others[cell.site].add(cell.id)
        self._back_at: dict[str, float] = {}  # devices that are silent or start
        self._dark: set[str] = set()
        self._generators = {site: power.generator(start) for site, power in self._powers.items()}
        self._unheard: frozenset[str] = frozenset()
        self._due: list[tuple[float, int, Callable[[float], list[Change]]]] = []
        self._numbers = count()
        self._next_fault()

    @property
    def next_at(self) -> float:
        """When there is something to do next; inf: never."""
        return self._due[0][0] if self._due else inf

    def advance(self, now: float) -> list[Change]:
        """Do what is due, and return what has come to pass."""
        changes: list[Change] = []
        while self.next_at <= now:
            _, _, act = heapq.heappop(self._due)
            changes += act(now)
        return changes

    def heard(self, element: str) -> bool:
        """Whether a device, sensor or cell can be heard."""
        return element not in self._unheard

    def read(self, site: str, now: float) -> Reading:
        """Return what is measured at a site."""
        return self._powers[site].read(now)

    def _at(self, time: float, act: Callable[[float], list[Change]]) -> None:
        heapq.heappush(self._due, (time, next(self._numbers), act))

    def _next_fault(self) -> None:
        fault = next(self._faults, None)
        if fault is not None:
            self._at(self._start + fault.at_s, partial(self._begin, fault))

    def _begin(self, fault: Fault, now: float) -> list[Change]:
        self._next_fault()
        element, over = fault.element, now + fault.for_s
        if fault.kind != "garbled":
            self._at(over, partial(self._end, fault))
        match fault.kind:
            case "silent":
                self._back_at[element] = max(over, self._back_at.get(element, 0.0))
            case "reboot":
                self._restart(element, over)
            case "link_down":
                self._devices[element].link(fault.port, int(now * TICKS), up=False)
            case "door_open":
                self._powers[element].door(is_open=True)
            case "mains_cut":
                self._powers[element].mains(now, on=False)
        return [self._note(now, element, fault.kind, fault.cause), *self._look(element, now)]

    def _end(self, fault: Fault, now: float) -> list[Change]:
        match fault.kind:
            case "link_down":
                self._devices[fault.element].link(fault.port, int(now * TICKS), up=True)
            case "door_open":
                self._powers[fault.element].door(is_open=False)
            case "mains_cut":
                self._powers[fault.element].mains(now, on=True)
        return [self._note(now, fault.element, _ENDS[fault.kind], "over"), *self._look(fault.element, now)]

    def _look(self, site: str, now: float) -> list[Change]:
        """Return what has changed by itself in the power of a site, and look again when something may next."""
        power = self._powers.get(site)
        if power is None:
            return []
        out: list[Change] = []
        if (generator := power.generator(now)) != self._generators[site]:
            self._generators[site] = generator
            out.append(self._note(now, site, f"generator_{generator}", "mains"))
        if power.dark(now) and site not in self._dark:
            self._dark.add(site)
            out.append(self._note(now, site, "dark", "battery_empty"))
        elif not power.dark(now) and site in self._dark:
            self._dark.remove(site)
            for router in self._routers[site]:
                self._restart(router, now + BOOT_S)
                self._at(now + BOOT_S, partial(self._started, router))
            out.append(self._note(now, site, "powered", "mains"))
        if (at := power.next_change(now)) < inf:
            self._at(at, partial(self._look, site))
        return out

    def _started(self, router: str, now: float) -> list[Change]:
        return [self._note(now, router, "started", "powered")]

    def _restart(self, router: str, back: float) -> None:
        self._back_at[router] = back
        self._devices[router].reboot(int(back * TICKS))

    def _note(self, now: float, element: str, state: str, cause: str) -> Change:
        before, self._unheard = self._unheard, self._gone(now)
        down, up = self._unheard - before, before - self._unheard
        for router in (down | up) & self._devices.keys():
            self._devices[router].reach(up=router in up)
        return Change(round(now, 2), element, state, cause, tuple(sorted(down)), tuple(sorted(up)))

    def _gone(self, now: float) -> frozenset[str]:
        dead = {router for router, back in self._back_at.items() if back > now}
        dead = dead.union(*(self._routers[site] for site in self._dark))
        gone = cut_off(self._inventory, dead)
        out = set(gone)
        for site, others in self._others.items():
            routers = self._routers.get(site, set())
            if site in self._dark or (routers and routers <= gone):
                out |= others
        return frozenset(out)
