"""A province whose faults are physical: what is behind a dead device does not answer, what an agent reads waits on its
disk while it is cut off, and all that is true is written down, second by second."""

import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from collector.watch.truth import Facts, Map
from collector.watch.world import INTERVAL_S, World, cells, router

from collector.intake import Accepted
from contract.inventory import AgentEntry, Area, Device, Inventory, Link, Sensor, Site

SITES = {
    "core": "dat-mui",  # agent a stands here
    "agg": "dat-mui",
    "east": "nam-can",
    "west": "u-minh",
    "near": "song-doc",
    "tail": "song-doc",  # agent c stands here
    "edge": "ganh",
    "far": "ganh",  # watched by agent b, which stands nowhere
}
AGENT_OF = {"edge": "c", "far": "b"}
LINKS = ["core-agg", "agg-east", "agg-west", "east-west", "core-near", "near-tail", "tail-edge"]


def rings() -> Inventory:
    """A backbone with a ring, a chain, a site with two routers, and agents at two doors and at none."""
    areas = dict.fromkeys(SITES.values())
    second = router("rt-east-2", "east")
    ups = router("up-near", "near").model_copy(update={"role": "ups"})
    return Inventory(
        areas=[
            Area(id="ca-mau", name="Cà Mau", level="province"),
            *[Area(id=name, name=f"Xã {name}", level="commune", parent="ca-mau") for name in areas],
        ],
        sites=[Site(id=site, name=f"Trạm {site}", area=area) for site, area in SITES.items()],
        agents=[AgentEntry(id="a", site="core"), AgentEntry(id="b"), AgentEntry(id="c", site="tail")],
        devices=[*[router(f"rt-{site}", site, AGENT_OF.get(site, "a")) for site in SITES], second, ups],
        sensors=[
            Sensor(id=f"pw-{site}", site=site, agent=agent, mapping="site-power", interval_s=INTERVAL_S)
            for site, agent in (("east", "a"), ("west", "a"), ("edge", "c"))
        ],
        links=[
            *[Link(id=f"ln-{name}", ends=(f"rt-{a}", f"rt-{b}")) for name in LINKS for a, b in [name.split("-")]],
            Link(id="ln-second", ends=("rt-agg", "rt-east-2")),
            Link(id="ln-ups", ends=("rt-near", "up-near")),
        ],
        cells=[cell for site in ("east", "west", "near", "tail", "edge", "far") for cell in cells(site, ["4g"])],
        credentials=["c"],
    )


@dataclass
class Field(World):
    """`down` are devices with a fault of their own, `silent` sensors, `cut` agents that get nothing through; `windows`
    is what was announced. `facts` says what was so in each second since the beginning."""

    inventory: Inventory = field(default_factory=rings)
    cut: set[str] = field(default_factory=set)
    windows: list[tuple[str, int, int]] = field(default_factory=list)
    facts: list[Facts] = field(default_factory=list)
    waiting: list[Accepted] = field(default_factory=list)  # on the disks of the agents, and the last that were sent
    paused: dict[str, int] = field(default_factory=dict)  # agents that do not read until then
    pauses: list[str] = field(default_factory=list)  # of whom
    is_running: bool = True
    fails: bool = False
    chance: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.map = Map(self.inventory)
        self.sent: list[Accepted] = []
        self.known: dict[tuple[str, frozenset[str], frozenset[str]], frozenset[str]] = {}
        super().__post_init__()

    def edit(self, inventory: Inventory) -> None:
        """Publish another inventory."""
        super().edit(inventory)
        self.map = Map(inventory)

    def stop(self) -> None:
        """Kill the collector."""
        self.is_running = False
        self.close()

    def start(self) -> None:
        """Start it: agents send again what it may not have seen."""
        self.open()
        self.is_running = True
        self.waiting += self.sent[-20:]

    def plan(self, subject: str, since: int, until: int) -> None:
        """Announce maintenance."""
        with self.database.together():
            self.engine.plan(subject, since, until, "-")
        self.windows.append((subject, since, until))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(int(seconds)):
            self.now += 1000
            restless = self.fails or not self.is_running
            alive = self.map.alive(self.down)
            self._note(alive, restless=restless)
            self._read(alive)
            deaf = not (self.hears and self.is_running)
            gone = [one for one in self.waiting if not deaf and one.agent not in self.cut]
            if not self.is_running:
                continue
            self.chance.shuffle(gone)
            gone = gone[: self.chance.randint(1, 40)]
            # What was made now goes first, as an agent sends it, or in any order.
            gone += [one for one in self.made if not deaf and one.agent not in self.cut and one not in gone]
            self._give(gone, [one for one in self.map.agents if not deaf and one not in self.cut])

    def _give(self, group: Sequence[Accepted], beats: Sequence[str]) -> None:
        if self.fails:  # the transaction comes to nothing, and its batches come again
            self.fails = False
            with suppress(ZeroDivisionError), self.database.together():
                self.engine.take(group, [], self.now)
                self.engine.tick(self.now)
                _ = 1 / 0
            return
        self.give(*group, beats=beats)
        given = {id(one) for one in group}
        self.waiting = [one for one in self.waiting if id(one) not in given]
        self.sent = [*self.sent, *group][-60:]
        for notice in self.outbox.due(["sms"], self.now):
            self.outbox.sent(notice.id, "sms", self.now)

    def _read(self, alive: frozenset[str]) -> None:
        self.made: list[Accepted] = []
        for place, (name, element) in enumerate(self.meaning.elements.items()):
            interval_s = int(element.interval_s)
            if self.now // 1000 % interval_s != place % interval_s or name in self.silent:
                continue
            if self.now < self.paused.get(element.agent, 0):
                continue
            is_up = name in alive or not isinstance(element, Device)
            self.made.append(self.batch(name, "ok" if is_up else "timeout"))
        self.waiting += self.made

    def _note(self, alive: frozenset[str], *, restless: bool) -> None:
        devices = self.map.devices.keys()
        planned = [subject for subject, since, until in self.windows if since <= self.now < until]
        ids = {*devices, *SITES, *self.map.agents}
        deaf = not (self.hears and self.is_running)
        self.facts.append(
            Facts(
                down=frozenset(self.down & devices),
                alive=alive,
                own=frozenset(one for one in self.down & devices if self.map.is_open(one, self.down)),
                suspect=self._suspects(frozenset(self.down), frozenset(self.cut)) if self.down else frozenset(),
                blind=frozenset(self.map.agents if deaf else self.cut),
                planned=frozenset(one for one in ids if planned and self.map.around(one) & set(planned)),
                deaf=not self.hears,
                restless=restless,
            )
        )

    def _suspects(self, down: frozenset[str], blind: frozenset[str]) -> frozenset[str]:
        key = self.meaning.version.id, down, blind
        if key not in self.known:
            self.known[key] = self.map.suspects(down, blind)
        return self.known[key]
