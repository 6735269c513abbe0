"""A generated hour of a small network with known truth: outages, a blind spell, maintenance. Sample data (mẫu tự sinh).

What each site did is written down as spells; the rows are what the collector would derive from them.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

BEGIN_MS = 1_700_000_040_000  # a whole even minute
HOUR_S = 3600
END_MS = BEGIN_MS + HOUR_S * 1000
DOWN, UP, UNKNOWN, MAINTENANCE, BEHIND = range(5)
NONE, PARTIAL, FULL, BLIND = range(4)
SECONDS_OF = {UP: "up_s", DOWN: "down_s", BEHIND: "down_s", UNKNOWN: "unknown_s", MAINTENANCE: "maintenance_s"}

Spells = Sequence[tuple[int, int]]  # from this second on, this state


@dataclass(frozen=True)
class Site:
    """A site, its commune, and what it did."""

    id: str
    title: str
    area: str
    spells: Spells

    def at(self, second: float) -> int:
        """Its state in a second of the hour."""
        return [state for begin, state in self.spells if begin <= second][-1]

    def seconds(self, begin: int = 0, end: int = HOUR_S) -> dict[str, float]:
        """How long it was in each state."""
        found = dict.fromkeys(("up_s", "down_s", "unknown_s", "maintenance_s"), 0.0)
        for (start, state), (stop, _) in zip(self.spells, [*self.spells[1:], (HOUR_S, UP)], strict=True):
            found[SECONDS_OF[state]] += max(0, min(stop, end) - max(start, begin))
        return found


SITES = (
    Site("tram-a", "Trạm A", "xa-mot", [(0, UP)]),
    Site("tram-b", "Trạm B's", "xa-hai", [(0, UP), (610, DOWN), (1505, UP), (3000, DOWN), (3060, UP)]),
    Site("tram-c", "Trạm C", "xa-hai", [(0, UP), (1200, UNKNOWN), (2400, DOWN), (2520, UNKNOWN)]),
    Site("tram-d", "Trạm D", "xa-hai", [(0, UP), (300, MAINTENANCE), (900, DOWN), (960, UP)]),
    Site("tram-e", "Trạm E", "xa-ba", [(0, UNKNOWN)]),
    Site("tram-f", "Trạm F", "xa-hai", [(0, UP), (620, BEHIND), (1500, UP)]),
)
AREAS = {"xa-mot": "Xã Một", "xa-hai": "Xã Hai", "xa-ba": "Xã Ba"}
PLACES = {"xa-mot": (9.17, 105.15), "xa-hai": (8.75, 104.98), "xa-ba": (9.05, 104.85)}
TECHNOLOGIES = ("3g", "4g")
SERVICE: dict[tuple[str, str], Spells] = {  # commune and technology
    ("xa-mot", "3g"): [(0, FULL)],
    ("xa-mot", "4g"): [(0, FULL), (2000, PARTIAL)],
    ("xa-hai", "3g"): [(0, FULL)],
    ("xa-hai", "4g"): [(0, FULL), (3025, NONE)],
    ("xa-ba", "4g"): [(0, BLIND)],
}
LINKS = tuple((f"rt-{letter}", f"ge-0/0/{port}", 1e9 * (1 + port % 2)) for letter in "abc" for port in range(8))


@dataclass(frozen=True)
class Point:
    """A row of a measurement."""

    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, float | int]
    ms: int

    def line(self, shift_ms: int) -> str:
        """As line protocol, so much later."""
        tags = "".join(f",{key}={_escaped(value)}" for key, value in self.tags.items())
        fields = ",".join(f"{key}={value}{'i' * isinstance(value, int)}" for key, value in self.fields.items())
        return f"{self.measurement}{tags} {fields} {self.ms + shift_ms}"


@dataclass(frozen=True)
class Hour:
    """All rows of the hour, and the rates of each link as they were drawn."""

    rates: dict[tuple[str, str], list[tuple[float, float]]] = field(default_factory=dict)

    def lines(self, shift_ms: int = 0) -> str:
        """Everything as line protocol with times in ms, so much later."""
        parts = (*self._availability(), *self._status(), *_service(), *_headline(), *_network(), *self._interfaces())
        return "\n".join(point.line(shift_ms) for point in parts)

    def _availability(self) -> Iterator[Point]:
        for begin in range(0, HOUR_S, 60):
            ms = BEGIN_MS + begin * 1000
            for site in SITES:
                seconds = site.seconds(begin, begin + 60)
                tags = {"area": site.area, "site": site.id}
                yield Point("availability", {"scope": "site", "title": site.title, **tags}, seconds, ms)
                device = {"scope": "device", "title": f"rt {site.title}", **tags, "device": f"rt-{site.id}"}
                yield Point("availability", device, seconds, ms)
            for area, title, level, members in areas():
                tags = {"scope": "area", "title": title, "area": area, "level": level}
                yield Point("availability", tags, total(members, begin, begin + 60), ms)

    def _status(self) -> Iterator[Point]:
        for site in SITES:
            tags = {"scope": "site", "title": site.title, "site": site.id, "area": site.area}
            for second in sorted({*range(0, HOUR_S, 60), *(begin for begin, _ in site.spells)}):
                yield Point("status", tags, {"status": site.at(second)}, BEGIN_MS + second * 1000)

    def _interfaces(self) -> Iterator[Point]:
        drawn = random.Random(7)
        for device, if_name, speed in LINKS:
            top = drawn.uniform(0.05, 0.9) * speed
            rates = [(round(top * drawn.random(), 1), round(top * drawn.random(), 1)) for _ in range(0, HOUR_S, 60)]
            self.rates[device, if_name] = rates
            tags = {"device": device, "site": "tram-a", "area": "xa-mot", "if_name": if_name}
            for minute, (received, sent) in enumerate(rates):
                fields = {"in_bps": received, "out_bps": sent, "speed_bps": speed, "oper_status": 1}
                yield Point("interface", tags, fields, BEGIN_MS + minute * 60_000)
        loopback = {"device": "rt-a", "site": "tram-a", "area": "xa-mot", "if_name": "lo0"}
        yield Point("interface", loopback, {"in_bps": 5.0, "out_bps": 5.0, "speed_bps": 0.0}, BEGIN_MS)


def areas() -> Iterator[tuple[str, str, str, list[Site]]]:
    """Id, title, level and sites of each area."""
    yield "tinh", "Tỉnh mẫu", "province", list(SITES)
    for area, title in AREAS.items():
        yield area, title, "commune", [site for site in SITES if site.area == area]


def total(sites: Sequence[Site], begin: int = 0, end: int = HOUR_S) -> dict[str, float]:
    """The seconds of several sites together."""
    each = [site.seconds(begin, end) for site in sites]
    return {key: sum(one[key] for one in each) for key in each[0]}


def service(area: str, technology: str, second: int) -> tuple[int, int]:
    """The state of a commune, and since which second."""
    begin, state = [spell for spell in SERVICE[area, technology] if spell[0] <= second][-1]
    return state, begin


def headline(technology: str, second: int) -> dict[str, float]:
    """What the headline says in a second."""
    states = [service(area, known, second)[0] for area, known in SERVICE if known == technology]
    seen = [state for state in states if state != BLIND]
    said = {
        "communes": float(sum(state in (PARTIAL, FULL) for state in states)),
        "total": float(len(states)),
        "lost": float(states.count(NONE)),
        "blind": float(states.count(BLIND)),
        "age_s": 7.0,
    }
    return said | {"share_pct": 100.0 * sum({PARTIAL: 1, FULL: 2}.get(one, 0) for one in seen) / (2 * len(seen))}


def network(second: int) -> dict[str, float]:
    """What the network row says in a second."""
    states = [site.at(second) for site in SITES]
    return {
        "sites": float(len(states)),
        "sites_up": float(states.count(UP)),
        "sites_down": float(states.count(DOWN) + states.count(BEHIND)),
        "sites_unknown": float(states.count(UNKNOWN)),
        "sites_maintenance": float(states.count(MAINTENANCE)),
        "incidents_open": 2.0,
        "incidents_acked": 1.0,
        "agents": 3.0,
        "agents_silent": 0.0,
        "age_s": 4.5,
    }


def _service() -> Iterator[Point]:
    for (area, technology), spells in SERVICE.items():
        lat, lon = PLACES[area]
        tags = {"technology": technology, "title": AREAS[area], "area": area}
        for second in sorted({*range(0, HOUR_S, 60), *(begin for begin, _ in spells)}):
            state, since = service(area, technology, second)
            fields = {"status": state, "since_ms": float(BEGIN_MS + since * 1000), "lat": lat, "lon": lon}
            yield Point("service", tags, fields, BEGIN_MS + second * 1000)


def _headline() -> Iterator[Point]:
    for technology in TECHNOLOGIES:
        for second in range(0, HOUR_S, 10):
            if (technology, second // 600) == ("3g", 2):
                continue  # nobody wrote for ten minutes: a hole, and no straight line over it
            yield Point("headline", {"technology": technology}, headline(technology, second), BEGIN_MS + second * 1000)


def _network() -> Iterator[Point]:
    for second in range(0, HOUR_S, 10):
        yield Point("network", {}, network(second), BEGIN_MS + second * 1000)


def _escaped(text: str) -> str:
    return text.replace(",", r"\,").replace("=", r"\=").replace(" ", r"\ ")
