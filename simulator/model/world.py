"""The state of the simulated province: faults begin and end, batteries run empty, devices start, and who is heard.

It has no clock: `advance` takes the time, in simulated seconds since 1970 UTC, and does what was due until then, each
thing at its own time, so that the steps make no difference. A sensor or cell is heard through the routers of its site:
when none of these is reached, neither is it, and what it would have said is lost.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import count
from math import inf

from contract.inventory import Inventory
from simulator.model.change import BEGINS, ENDS, Change
from simulator.model.faults import MOMENTARY, Fault
from simulator.model.heard import Heard
from simulator.model.power import Power
from simulator.model.reading import Battery, Reading
from simulator.model.signals import THRESHOLD_DBM, Signals

BOOT_S = 4.0
OFF_CM = 30.0  # of water, from which on a cabinet is switched off
Act = Callable[[float], list[Change]]


class World:
    """Everything that is and comes to pass. Commands must come in the order of time, after `advance` to it."""

    def __init__(
        self,
        inventory: Inventory,
        faults: Iterable[Fault],
        start: float,
        *,
        seed: int = 0,
        autonomy_s: Mapping[str, float] | None = None,
    ) -> None:
        """`faults`: in the order of their start; taken one by one, so that they may be without end. `autonomy_s`: how
        long a full battery lasts at these sites; at others it is as their inventory says."""
        self._faults, self._start, lasts = iter(faults), start, autonomy_s or {}
        self._powers = {site.id: Power(site, seed, start, autonomy_s=lasts.get(site.id)) for site in inventory.sites}
        self._feeders = defaultdict[str, list[str]](list)
        for site in inventory.sites:
            if site.feeder:
                self._feeders[site.feeder].append(site.id)
        self._devices = defaultdict[str, list[str]](list)
        for device in inventory.devices:
            self._devices[device.site].append(device.id)
        self._heard, self._signals = Heard(inventory), Signals(inventory, seed)
        self._active: dict[str, Fault] = {}
        self._cuts = defaultdict[str, dict[str, None]](dict)  # faults of the mains, by site
        self._power_root: dict[str, str] = {}
        self._dark: set[str] = set()
        self._states = {site: (power.source(start), power.generator(start)) for site, power in self._powers.items()}
        self._wake: dict[str, float] = {}
        self._due: list[tuple[float, int, Act]] = []
        self._numbers = count()
        self._next_fault()

    @property
    def next_at(self) -> float:
        """When there is something to do next; inf: never."""
        return self._due[0][0] if self._due else inf

    def advance(self, now: float) -> list[Change]:
        """Do what was due until then, and return what has come to pass."""
        changes: list[Change] = []
        while self.next_at <= now:
            at, _, act = heapq.heappop(self._due)
            changes += act(at)
        return changes

    def begin(self, fault: Fault) -> list[Change]:
        """Let a fault begin that nobody has planned; its time must not lie before what was done already."""
        return self._begin(fault, self._start + fault.at_s)

    def mend(self, element: str, kind: str, now: float) -> list[Change]:
        """End the faults of that kind that strike the element now."""
        mine = [fault for fault in self._active.values() if (fault.element, fault.kind) == (element, kind)]
        return [change for fault in mine for change in self._end(fault, now)]

    def active(self) -> list[Fault]:
        """Return the faults that last."""
        return list(self._active.values())

    def heard(self, element: str) -> bool:
        """Whether a device, sensor or cell can be heard."""
        return element not in self._heard.unheard

    def carries(self, link: str) -> bool:
        """Whether anything passes over a link."""
        return link not in self._heard.cut

    def read(self, site: str, now: float) -> Reading:
        """Return what is measured at a site."""
        return self._powers[site].read(now)

    def celsius(self, site: str, now: float) -> float:
        """Return how warm a site's cabinet is."""
        return self._powers[site].celsius(now)

    def battery(self, site: str, now: float) -> Battery:
        """Return how a site's battery stands."""
        return self._powers[site].battery(now)

    def signal(self, link: str, now: float) -> float:
        """Return the received power in dBm, of light or of a radio."""
        return self._signals.arrives(link, now) if self.carries(link) else self._signals.lost(link)

    def _at(self, time: float, act: Act) -> None:
        heapq.heappush(self._due, (time, next(self._numbers), act))

    def _next_fault(self) -> None:
        if (fault := next(self._faults, None)) is not None:
            self._at(self._start + fault.at_s, partial(self._begin_next, fault))

    def _begin_next(self, fault: Fault, at: float) -> list[Change]:
        self._next_fault()
        return self._begin(fault, at)

    def _begin(self, fault: Fault, at: float) -> list[Change]:
        if fault.kind not in MOMENTARY and fault.root not in self._active:
            self._active[fault.root] = fault
            self._at(at + fault.for_s, partial(self._end, fault))
        self._strike(fault, at)
        first = self._note(at, fault.element, BEGINS[fault.kind], fault.cause, fault.root, fault.number)
        return [first, *self._mains(fault, at, "mains_cut"), *self._looks(fault, at)]

    def _end(self, fault: Fault, at: float) -> list[Change]:
        if self._active.pop(fault.root, None) is None:
            return []  # it was mended before
        self._release(fault, at)
        last = self._note(at, fault.element, ENDS[fault.kind], "over", fault.root)
        return [last, *self._mains(fault, at, "mains_back"), *self._looks(fault, at)]

    def _strike(self, fault: Fault, at: float) -> None:
        element, root = fault.element, fault.root
        match fault.kind:
            case "mains":
                for site in self._sites(element):
                    self._cuts[site][root] = None
                    self._powers[site].mains(at, on=False, aided=fault.cause != "story")
            case "rectifier":
                self._powers[element].rectifier(at, works=False)
            case "generator":
                self._powers[element].starts(works=False)
            case "cooling":
                self._powers[element].cooling(at, works=False)
            case "door":
                self._powers[element].door(is_open=True)
            case "flood":
                self._powers[element].water(there=True)
                if (fault.number or 0.0) >= OFF_CM:
                    self._heard.kill(self._devices[element], root)
            case "fibre":
                self._heard.sever(element, root)
            case "fade":
                self._signals.fade(element, root, fault.number or 0.0)
                if self._signals.arrives(element, at) < THRESHOLD_DBM:
                    self._heard.sever(element, root)
            case "device" | "silent" | "reboot":
                self._heard.kill([element], root)
            case "hang":
                self._heard.hang(element, root)

    def _release(self, fault: Fault, at: float) -> None:
        element, root = fault.element, fault.root
        well = all((one.element, one.kind) != (element, fault.kind) for one in self._active.values())
        match fault.kind:
            case "mains":
                for site in self._sites(element):
                    self._cuts[site].pop(root, None)
                    self._powers[site].mains(at, on=not self._cuts[site])
            case "rectifier":
                self._powers[element].rectifier(at, works=well)
            case "generator":
                self._powers[element].starts(works=well)
            case "cooling":
                self._powers[element].cooling(at, works=well)
            case "door":
                self._powers[element].door(is_open=not well)
            case "flood":
                self._powers[element].water(there=not well)
                if (fault.number or 0.0) >= OFF_CM:
                    self._restart(self._devices[element], at, root)
            case "device":
                self._restart([element], at, root)
            case "fade":
                self._signals.clears(element, root)
        self._heard.release(root)

    def _sites(self, element: str) -> list[str]:
        return self._feeders.get(element) or [element]

    def _mains(self, fault: Fault, at: float, state: str) -> list[Change]:
        """Return what a fault of a feeder is at each of its sites."""
        if fault.kind != "mains" or fault.element not in self._feeders:
            return []
        cause = "mains_cut" if state == "mains_cut" else "over"
        return [Change(at, site, state, cause, fault.root) for site in self._sites(fault.element)]

    def _looks(self, fault: Fault, at: float) -> list[Change]:
        if fault.kind not in ("mains", "rectifier"):
            return []
        out: list[Change] = []
        for site in self._sites(fault.element):
            if not self._powers[site].read(at).mains or fault.kind == "rectifier":
                self._power_root.setdefault(site, fault.root)
            out += self._look(site, at)
        return out

    def _look(self, site: str, at: float) -> list[Change]:
        """Return what has changed by itself in the power of a site, and look again when something may next."""
        power, root, before = self._powers[site], self._power_root.get(site, ""), self._states[site]
        self._states[site] = source, generator = power.source(at), power.generator(at)
        out: list[Change] = []
        if generator != before[1]:
            out.append(Change(at, site, f"generator_{generator}", "mains", root))
        if "portable" in (source, before[0]) and source != before[0]:
            out.append(Change(at, site, f"portable_{'run' if source == 'portable' else 'off'}", "mains", root))
        if power.dark(at) and site not in self._dark:
            self._dark.add(site)
            self._heard.kill(self._devices[site], f"dark:{site}")
            out.append(self._note(at, site, "dark", "battery_empty", root))
        elif not power.dark(at) and site in self._dark:
            self._dark.remove(site)
            self._restart(self._devices[site], at, root)
            self._heard.release(f"dark:{site}")
            out.append(self._note(at, site, "powered", source, root))
        if source == "mains":
            self._power_root.pop(site, None)
        if (wake := power.next_change(at)) < inf and self._wake.get(site) != wake:
            self._wake[site] = wake
            self._at(wake, partial(self._look, site))
        return out

    def _restart(self, devices: Iterable[str], at: float, root: str) -> None:
        for device in devices:
            self._heard.kill([device], f"boot:{device}")
            self._at(at + BOOT_S, partial(self._started, device, root))

    def _started(self, device: str, root: str, at: float) -> list[Change]:
        self._heard.release(f"boot:{device}")
        return [self._note(at, device, "started", "powered", root)]

    def _note(self, at: float, element: str, state: str, cause: str, root: str, number: float | None = None) -> Change:
        down, up = self._heard.changes()
        return Change(at, element, state, cause, root, number, down, up)
