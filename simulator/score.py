"""How well the product told the truth: what was down and found, missed or invented, how soon, and why. Pure.

A fault is judged when it has kept a site from being reached for longer than a deadline. It is found when an incident at
one of the sites that it took is open meanwhile, and its cause is right when the page names the mains for those that
began there, and does not for others.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from simulator.model.change import Change
from simulator.model.faults import TELEMETRY
from simulator.truth import Run

OURSELVES = "(monitoring)"  # the place of incidents about the product itself
POWER = ("mains", "rectifier", "generator", "flood")


@dataclass(frozen=True, slots=True)
class SaidIncident:
    """What the product said: times in seconds since 1970 by the wall clock; `resolved` is None while it is open."""

    key: str
    place: str
    opened: float
    resolved: float | None
    text: str = ""


@dataclass(slots=True)
class Outage:
    """A fault and the sites that it took, by the wall clock; `over` is None while it lasts."""

    root: str
    began: float
    over: float | None = None
    sites: set[str] = field(default_factory=set)

    @property
    def kind(self) -> str:
        """What it was."""
        return self.root.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Judged:
    """An outage and what was said of it. Seconds from its begin to the first incident, and from its end to the end of
    the last; None where there is no such."""

    outage: Outage
    incidents: tuple[str, ...]
    opened_after_s: float | None
    closed_after_s: float | None
    cause_right: bool | None


@dataclass(frozen=True, slots=True)
class Score:
    """`false`: incidents without a true outage at their place. `down_s`: of sites, in truth and as said."""

    judged: Sequence[Judged]
    false: Sequence[SaidIncident]
    down_s: Mapping[str, tuple[float, float]]

    @property
    def missed(self) -> list[Judged]:
        """Those that nobody was told of."""
        return [one for one in self.judged if not one.incidents]


def outages(run: Run, changes: Iterable[Change], sites: Mapping[str, str]) -> tuple[list[Outage], dict[str, float]]:
    """Return the outages of sites in their order, and the seconds that each site was not reached in those that are
    over. `sites`: the site of each router. What only telemetry does takes no site."""
    mute = defaultdict[str, set[str]](set)
    routers = defaultdict[str, set[str]](set)
    for router, site in sites.items():
        routers[site].add(router)
    found: dict[str, Outage] = {}
    of_site: dict[str, tuple[Outage, float]] = {}
    down_s: dict[str, float] = defaultdict(float)
    for change in changes:
        at = run.wall(change.time)
        telemetry = change.root.partition(":")[0] in TELEMETRY
        for router in () if telemetry else change.down:
            if router in sites:
                site = sites[router]
                mute[site].add(router)
                if mute[site] == routers[site] and site not in of_site:
                    outage = found.setdefault(change.root, Outage(change.root, at))
                    outage.over = None
                    outage.sites.add(site)
                    of_site[site] = outage, at
        for router in change.up:
            if router in sites:
                site = sites[router]
                mute[site].discard(router)
                if site in of_site:
                    outage, since = of_site.pop(site)
                    down_s[site] += at - since
                    outage.over = at if all(other is not outage for other, _ in of_site.values()) else None
    return sorted(found.values(), key=lambda outage: outage.began), dict(down_s)


def score(
    truth: tuple[list[Outage], Mapping[str, float]],
    said: Sequence[SaidIncident],
    said_down_s: Mapping[str, float],
    *,
    deadline_s: float,
    until: float,
    power_words: Collection[str],
) -> Score:
    """Compare. `deadline_s`: within which the product has to know, and to know the end; what lasted less is not judged,
    nor what began less than that before `until`. `power_words`: by which a page names the mains."""
    every, down_s = truth
    judged = [
        _judge(outage, [one for one in said if _meets(outage, one, deadline_s)], power_words)
        for outage in every
        if (until if outage.over is None else outage.over) - outage.began > deadline_s
    ]
    false = [
        one for one in said if one.place != OURSELVES and not any(_meets(outage, one, deadline_s) for outage in every)
    ]
    names = sorted({*down_s, *said_down_s})
    return Score(judged, false, {name: (down_s.get(name, 0.0), said_down_s.get(name, 0.0)) for name in names})


def _meets(outage: Outage, one: SaidIncident, deadline_s: float) -> bool:
    """Whether an incident is at a site of the outage, and was opened while it lasted or soon after."""
    over = float("inf") if outage.over is None else outage.over + deadline_s
    return one.place in outage.sites and outage.began <= one.opened <= over


def _judge(outage: Outage, mine: Sequence[SaidIncident], power_words: Collection[str]) -> Judged:
    if not mine:
        return Judged(outage, (), None, None, None)
    ends = [one.resolved for one in mine if one.resolved is not None]
    closed = max(ends) - outage.over if outage.over is not None and len(ends) == len(mine) else None
    names_power = any(word.casefold() in one.text.casefold() for one in mine for word in power_words)
    return Judged(
        outage,
        tuple(one.key for one in mine),
        min(one.opened for one in mine) - outage.began,
        closed,
        names_power == (outage.kind in POWER),
    )
