"""The simulator's local socket: faults on command, and what is true now. `mangrove sim` asks."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite

from contract.config_file import did_you_mean
from contract.control import Answerer, ControlError
from contract.inventory import Inventory
from simulator.life import Life
from simulator.model.faults import KINDS, MOMENTARY, STRIKES, Fault, Kind, Struck

ANSWER_S = 10.0
MOST_S = 365 * 86_400.0
NUMBERS: Mapping[Kind, float] = {"fade": 60.0, "flood": 40.0, "clock": 120.0, "port": -1.0}
"""dB, cm, seconds, and the last port: see `Fault`."""


class Commands:
    """What is asked is done in the thread of the event loop, where the world is."""

    def __init__(self, inventory: Inventory, life: Life) -> None:
        """Needs a running loop."""
        self._life, self._loop = life, asyncio.get_running_loop()
        self._begun = life.clock.began_simulated
        self._what: dict[str, Struck] = dict.fromkeys(
            (str(site.feeder) for site in inventory.sites if site.feeder), "feeder"
        )
        self._what |= dict.fromkeys((site.id for site in inventory.sites), "site")
        self._what |= dict.fromkeys((link.id for link in inventory.links), "link")
        self._what |= dict.fromkeys((device.id for device in inventory.devices), "device")
        self._what |= dict.fromkeys((sensor.id for sensor in inventory.sensors), "sensor")
        self._around = _around(inventory)

    def by_name(self) -> dict[str, Answerer]:
        """Return what is answered to which question. Called from any thread but the loop's."""
        answers = {"break": self._break, "mend": self._mend, "state": self._state}
        return {name: self._in_loop(answer) for name, answer in answers.items()}

    def _in_loop(self, answer: Answerer) -> Answerer:
        async def later(asked: Mapping[str, object]) -> object:
            return answer(asked)

        return lambda asked: asyncio.run_coroutine_threadsafe(later(asked), self._loop).result(ANSWER_S)

    def _break(self, asked: Mapping[str, object]) -> object:
        """Let a fault begin; return what it has brought about at once."""
        (element, kind), lasts = self._fault(asked), asked.get("for_s")
        if not isinstance(lasts, int | float) or not isfinite(lasts) or not 0 < lasts <= MOST_S:
            raise ControlError("a fault has a `for_s`: seconds in the province's time, at most a year")

        def begin(now: float) -> Fault:
            return Fault(now - self._begun, float(lasts), element, kind, "command", NUMBERS.get(kind))

        return [asdict(change) for change in self._life.command(lambda now: self._life.world.begin(begin(now)))]

    def _mend(self, asked: Mapping[str, object]) -> object:
        """End a fault; return what that has brought about."""
        element, kind = self._fault(asked)
        if kind in MOMENTARY:
            raise ControlError(f"{kind} is over at once: there is nothing to mend")
        changes = self._life.command(lambda now: self._life.world.mend(element, kind, now))
        if not changes:
            raise ControlError(f"{element} has no fault {kind} now")
        return [asdict(change) for change in changes]

    def _state(self, asked: Mapping[str, object]) -> object:
        """Return the clock, the faults that last, of the element if there is one, and who is not heard."""
        element, now, world = str(asked.get("element") or ""), self._life.go_on(), self._life.world
        if element:
            self._known(element)
        near = {element, *self._around.get(element, ())} if element else self._what.keys()
        faults = [
            asdict(fault) | {"since": self._begun + fault.at_s, "until": self._begun + fault.at_s + fault.for_s}
            for fault in world.active()
            if fault.element in near
        ]
        heard = [name for name in sorted(near) if self._what.get(name) in ("device", "sensor")]
        answer = {"clock": self._life.clock._asdict(), "now": now, "faults": faults}
        answer["unheard"] = [name for name in heard if not world.heard(name)]
        if self._what.get(element) == "site":
            answer["site"] = world.read(element, now)._asdict() | world.battery(element, now)._asdict()
        if self._what.get(element) == "link":
            answer["link"] = {"carries": world.carries(element), "dbm": world.signal(element, now)}
        return answer

    def _fault(self, asked: Mapping[str, object]) -> tuple[str, Kind]:
        element, said = str(asked.get("element", "")), asked.get("kind")
        struck = self._known(element)
        kind = next((kind for kind in KINDS if kind == said), None)
        mine = [kind for kind in KINDS if struck in STRIKES[kind]]
        if kind not in mine:
            raise ControlError(f"{element} is a {struck}; its faults are: {', '.join(mine)}")
        return element, kind

    def _known(self, element: str) -> Struck:
        if element not in self._what:
            raise ControlError(f"the simulated province has no {element[:100]}{did_you_mean(element, self._what)}")
        return self._what[element]


def _around(inventory: Inventory) -> Mapping[str, set[str]]:
    """Return what is near an element: at its site, the site with its feeder, and the links that end there."""
    of_site, links = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    sites = {device.id: device.site for device in inventory.devices}
    for link in inventory.links:
        for end in link.ends:
            links[sites[end]].add(link.id)
    for site in inventory.sites:
        of_site[site.id] |= {site.id, *([site.feeder] if site.feeder else [])} | links[site.id]
    for one in (*inventory.devices, *inventory.sensors):
        of_site[one.site].add(one.id)
    feeders = defaultdict[str, set[str]](set)
    for site in inventory.sites:
        feeders[str(site.feeder)] |= of_site[site.id]
    near = {one.id: of_site[one.site] for one in (*inventory.devices, *inventory.sensors)}
    ends = {link.id: {*link.ends} for link in inventory.links}
    return {**of_site, **feeders, **near, **ends}
