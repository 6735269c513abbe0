"""The network by area on the demo's screen: a row for each agent's cluster, and the communes that are hit, the worst
first."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.text import Text

from mangrove.demo.lines import GAP, Column, Part, line, table
from mangrove.demo.seen import AreaNow
from mangrove.words import word

TECHNOLOGIES = ("2g", "3g", "4g", "5g")
NOTHING: Part = ("·", "dim")


def clusters(areas: Sequence[AreaNow], incidents: Counter[str], width: int) -> list[Text]:
    """Return a header and a row for each agent; `incidents` are the open ones by agent."""
    agents = sorted({area["agents"][0] for area in areas if area["agents"]})
    groups = [[area for area in areas if area["agents"][:1] == [agent]] for agent in agents]
    sites, devices = ([_summed(area[of] for area in group) for group in groups] for of in ("sites", "devices"))
    columns = [
        Column(word("agent"), [(agent, "") for agent in agents], is_left=True),
        Column(word("sites"), [(f"{one['up']}/{one.total()}", _style(one)) for one in sites]),
        Column(word("sites_down"), [_count(one["down"], "red") for one in sites]),
        Column(word("short_behind"), [_count(one["behind"], "yellow") for one in sites]),
        Column(word("short_unknown"), [_count(one["unknown"], "magenta") for one in sites]),
        *(Column(technology.upper(), [_served(group, technology) for group in groups]) for technology in TECHNOLOGIES),
        Column(word("short_battery"), [_battery(group) for group in groups]),
        Column(word("short_incidents"), [_count(incidents[agent], "red") for agent in agents]),
        Column(word("devices"), [(f"{one['up']}/{one.total()}", _style(one)) for one in devices], needed=False),
    ]
    return table(columns, width)


def hit(areas: Iterable[AreaNow]) -> list[Text]:
    """Return a line for each commune in which something is wrong: first those that have lost a service, then those
    with most sites that do not answer."""
    found = sorted((area for area in areas if _badness(area) > (0, 0, 0, 0)), key=_badness, reverse=True)
    wide = max((len(area["name"]) for area in found), default=0)
    return [line((f"{area['name']:{wide}}", "bold"), *_said(area), between=GAP) for area in found]


def _badness(area: AreaNow) -> tuple[int, int, int, int]:
    services, sites = list(area["services"].values()), Counter(area["sites"])
    return services.count("none"), sites["down"] + sites["behind"], services.count("unseen"), area["on_battery"]


def _said(area: AreaNow) -> Iterable[Part]:
    sites = Counter(area["sites"])
    for status, style in (("down", "red"), ("behind", "yellow"), ("unknown", "magenta")):
        if sites[status]:
            yield f"{sites[status]}/{sites.total()} {word(f'sites_{status}')}", style
    for service, style in (("none", "red"), ("partial", "yellow")):
        which = [name.upper() for name in TECHNOLOGIES if area["services"].get(name) == service]
        if which:
            yield word(f"service_{service}", which=" ".join(which)), style
    if area["on_battery"]:
        yield f"{word('on_battery')} {_battery([area])[0]}", "yellow"


def _served(group: Sequence[AreaNow], technology: str) -> Part:
    """Return in how many communes of those that have the technology somebody has service."""
    states = [area["services"][technology] for area in group if technology in area["services"]]
    served = sum(state in ("full", "partial") for state in states)
    style = "red" if "none" in states else "magenta" if "unseen" in states else "green"
    return (f"{served}/{len(states)}", style) if states else NOTHING


def _battery(group: Sequence[AreaNow]) -> Part:
    count = sum(area["on_battery"] for area in group)
    left = min((area["left_min"] for area in group if area["left_min"] is not None), default=None)
    if not count:
        return NOTHING
    return f"{count}" if left is None else f"{count} {left / 60:.1f}h", "yellow"


def _count(count: int, style: str) -> Part:
    return (str(count), style) if count else NOTHING


def _style(counts: Counter[str]) -> str:
    return "red" if counts["down"] or counts["behind"] else "magenta" if counts["unknown"] else "green"


def _summed(counts: Iterable[dict[str, int]]) -> Counter[str]:
    out: Counter[str] = Counter()
    for one in counts:
        out.update(one)
    return out
