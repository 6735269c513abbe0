"""A small province that is polled in simulated time: what its devices do is said, the engine is the real one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from collector.database import Database
from collector.intake import Accepted
from collector.oncall.config import OnCall
from collector.oncall.notice import Entry
from collector.oncall.outbox import Outbox
from collector.state import State
from collector.store import Point
from collector.versions import Versions
from collector.watch.config import WatchConfig
from collector.watch.engine import Engine
from collector.watch.incidents import Pager
from collector.watch.rules import Rules, load_rules
from contract.batch import Batch, Outcome, PollInfo, Table, encode
from contract.catalog import load_catalog
from contract.inventory import AgentEntry, Area, Cell, Device, Inventory, Link, Sensor, Site
from contract.messages import BootNumbers, Numbers
from contract.wire import pack, unpack
from contract.words import load_words

CONFIG = Path(__file__).parents[3] / "config"
START = 1_800_000_000_000
INTERVAL_S = 10.0
SCALE = 10  # times in the shipped rules are divided by this

ONCALL = OnCall.model_validate(
    {
        "channels": {"sms": {"url": {"env": "X"}}},
        "people": {
            "ca-1": {"language": "vi", "channels": ["sms"]},
            "truong-ca": {"language": "en", "channels": ["sms"]},
        },
        "rotation": {
            "time_zone": "Asia/Ho_Chi_Minh",
            "start": "2026-01-05",
            "handover": {"weekday": "monday", "time": "08:00"},
            "order": ["ca-1"],
        },
        "escalation": {
            "steps": [{"after_s": 0, "notify": ["on-call"]}, {"after_s": 300, "notify": ["truong-ca"]}],
            "repeat_s": 600,
        },
    }
)


def router(name: str, site: str, agent: str = "a") -> Device:
    """A polled router."""
    return Device(
        id=name,
        site=site,
        agent=agent,
        address="192.0.2.1",
        profiles=["p"],
        credential="c",
        interval_s=INTERVAL_S,
        role="router",
    )


def cells(site: str, technologies: Iterable[Literal["2g", "3g", "4g", "5g"]], count: int = 2) -> list[Cell]:
    """Some cells of a site."""
    return [
        Cell(id=f"{site}-{technology}-{n}", site=site, technology=technology, operator="mau-a")
        for technology in technologies
        for n in range(count)
    ]


def province() -> Inventory:
    """Agent `a` at the core; behind it the backbone node `agg`, and behind that two communes with a site each; and a
    commune of its own beside the core. Agent `b` watches one site that has no links."""
    sites = {
        "core": "dat-mui",
        "agg": "dat-mui",
        "east": "nam-can",
        "west": "u-minh",
        "near": "song-doc",
        "far": "ganh",
    }
    return Inventory(
        areas=[
            Area(id="ca-mau", name="Cà Mau", level="province"),
            *[
                Area(id=name, name=f"Xã {name}", level="commune", parent="ca-mau", lat=9.0, lon=105.0)
                for name in dict.fromkeys(sites.values())
            ],
        ],
        sites=[Site(id=site, name=f"Trạm {site}", area=area) for site, area in sites.items()],
        agents=[AgentEntry(id="a", site="core"), AgentEntry(id="b")],
        devices=[router(f"rt-{site}", site, "b" if site == "far" else "a") for site in sites],
        sensors=[
            Sensor(id=f"pw-{site}", site=site, agent="a", mapping="site-power", interval_s=INTERVAL_S)
            for site in ("east", "west")
        ],
        links=[
            Link(id=f"ln-{here}-{there}", ends=(f"rt-{here}", f"rt-{there}"))
            for here, there in (("core", "agg"), ("agg", "east"), ("agg", "west"), ("core", "near"))
        ],
        cells=[*cells("east", ["2g", "4g"]), *cells("west", ["4g"]), *cells("near", ["4g"]), *cells("far", ["4g"])],
        credentials=["c"],
    )


def with_controllers(*sites: str) -> Inventory:
    """The same, with power controllers that are polled, `pw-ctl-` and the site, and no sensors there."""
    made = province()
    power = [router(f"pw-ctl-{site}", site).model_copy(update={"role": "power"}) for site in sites]
    sensors = [sensor for sensor in made.sensors if sensor.site not in sites]
    return made.model_copy(update={"devices": [*made.devices, *power], "sensors": sensors})


def quick(rules: Rules, scale: float = SCALE) -> Rules:
    """Return rules with shorter times."""
    return {
        name: rule.model_copy(update={"for_s": rule.for_s / scale, "keep_firing_for_s": rule.keep_firing_for_s / scale})
        for name, rule in rules.items()
    }


def shipped(scale: float = SCALE) -> Rules:
    """The shipped rules with shorter times."""
    return quick(load_rules(CONFIG / "rules", load_catalog(CONFIG / "catalog.yaml")), scale)


@dataclass
class World:
    """`down` are devices that do not answer, `silent` sensors and agents that say nothing, `power` what sensors and
    power controllers say: (mains, charge), `skew` what clocks of agents are ahead, ms."""

    folder: Path
    inventory: Inventory = field(default_factory=province)
    rules: Rules | None = None
    now: int = START
    down: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    power: dict[str, tuple[int, float]] = field(default_factory=dict)
    hears: bool = True
    skew: dict[str, int] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    config: WatchConfig = field(default_factory=WatchConfig)
    seq: int = 0

    def __post_init__(self) -> None:
        self.versions = Versions(self.folder / "versions")
        self.meaning = self.versions.publish(self.inventory, {}, 1)
        self.words = load_words(CONFIG / "words.yaml")
        self.rules = self.rules if self.rules is not None else shipped()
        self.open()

    def open(self) -> None:
        """Start the engine, as a collector that starts does."""
        self.database = Database(self.folder / "state.sqlite")
        self.database.execute("pragma synchronous=off")  # no test here cuts the power, and they wait for no disk
        self.state = State(self.database)
        people = {name: person.channels for name, person in ONCALL.people.items()}
        self.outbox = Outbox(self.database, people, 60_000)
        assert self.rules is not None
        self.engine = Engine(
            self.database,
            self.state.id,
            self.rules,
            Pager(ONCALL, self.outbox, self.words),
            self.versions,
            lambda: self.hears,
            self.config,
        )

    def restart(self) -> None:
        """Kill the collector and start it."""
        self.close()
        self.open()

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def batch(self, element: str, outcome: Outcome = "ok", at: int | None = None) -> Accepted:
        """A reading of a device or a sensor, as accepted by the intake."""
        one = self.meaning.elements[element]
        tables: list[Table] = []
        poll: PollInfo | None = PollInfo(outcome=outcome, took_ms=1)
        if isinstance(one, Sensor) or (element in self.power and outcome == "ok"):
            mains, charge = self.power.get(element, (1, 100.0))
            tables = [
                Table(measurement="mains", fields=["present"], rows=[[mains]]),
                Table(measurement="battery", fields=["charge_pct"], rows=[[charge]]),
            ]
        if isinstance(one, Sensor):
            poll = None
        batch = Batch(
            kind="poll" if poll else "sensor",
            device=element,
            time=(self.now if at is None else at) + self.skew.get(one.agent, 0),
            assignment=self.meaning.version.id,
            poll=poll,
            tables=tables,
        )
        self.seq += 1
        return Accepted(one.agent, unpack(pack(1, self.seq, encode(batch))), batch, self.meaning, (), 0)

    def give(self, *batches: Accepted, beats: Iterable[str] = ()) -> None:
        """Hand a group to the engine, and let it tick."""
        heard = [(agent, _beat(self.now + self.skew.get(agent, 0))) for agent in beats]
        with self.database.together():
            self.engine.take(batches, heard, self.now)
            self.engine.tick(self.now)
        rows = self.engine.derived.take(0, 1_000_000)
        self.points += [point for _, point in rows]
        if rows:
            self.engine.derived.done([number for number, _ in rows])

    def heartbeat(self) -> Numbers:
        """What an agent says of itself now."""
        return _beat(self.now)

    def edit(self, inventory: Inventory) -> None:
        """Publish another inventory; agents go by it at once."""
        self.inventory = inventory
        self.meaning = self.versions.publish(inventory, {}, self.now)

    def run(self, seconds: float) -> None:
        """Let time pass: every element of an agent that speaks is read on its beat."""
        until = self.now + int(seconds * 1000)
        while self.now < until:
            self.now += 1000
            self.give(*self._due(), beats=[agent for agent in ("a", "b") if agent not in self.silent])

    def _due(self) -> list[Accepted]:
        out: list[Accepted] = []
        for place, (name, element) in enumerate(self.meaning.elements.items()):
            if self.now // 1000 % int(INTERVAL_S) != place % int(INTERVAL_S) or {name, element.agent} & self.silent:
                continue
            out.append(self.batch(name, "timeout" if name in self.down else "ok"))
        return out

    def pages(self) -> list[Entry]:
        """All notices, the oldest first."""
        return self.outbox.recent(10_000)[::-1]

    def told(self) -> list[tuple[str, str]]:
        """Action and person of all notices."""
        return [(one.notice.action, one.notice.person) for one in self.pages()]

    def state_of(self, alert: str) -> str:
        """The state of an alert."""
        found = self.engine.alerts().get(alert)
        return found.state if found else "inactive"

    def last(self, measurement: str, **tags: str) -> Mapping[str, float | int]:
        """The newest row of a derived measurement."""
        found = [p for p in self.points if p.measurement == measurement and tags.items() <= dict(p.tags).items()]
        return dict(max(found, key=lambda point: point.time).fields)


def said(one: Accepted, **tables: Mapping[str, float]) -> Accepted:
    """A reading that says this, too."""
    more = [Table(measurement=name, fields=list(of), rows=[list(of.values())]) for name, of in tables.items()]
    batch = one.batch.model_copy(update={"tables": more})
    return Accepted(one.agent, one.record, batch, one.meaning, (), 0)


def _beat(now: int) -> Numbers:
    boot = "0" * 16
    return Numbers(boot=boot, n=0, time=now, interval_s=5, boots={boot: BootNumbers()})
