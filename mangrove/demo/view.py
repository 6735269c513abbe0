"""The demo's terminal view, the most important first: a low terminal shows less of each, and cuts what is below.

The network as a whole, by cluster, the communes that are hit, the incidents, the phone; what to try in another
terminal; then the books of the agents and the last errors.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Group
from rich.panel import Panel
from rich.text import Text

from mangrove.clocks import is_off, shown
from mangrove.demo.clusters import clusters, hit
from mangrove.demo.lines import GAP, Column, Part, Section, fit, line, table
from mangrove.demo.numbers import DeviceWords, Stats, by_outcome, percentile, totals
from mangrove.demo.seen import Overview, Seen, place
from mangrove.words import word
from simulator.clock import VIET_NAM, Clock

STYLES = {"ok": "green", "partial": "yellow", "waiting": "dim"}
SITES = {"up": "green", "down": "red", "unknown": "magenta", "behind": "yellow"}
BOOKS = ("produced", "seen", "stored", "refused", "held", "dropped", "spooled")
KINDS = ("poll", "sensor", "trap", "pm")
SHOWN_ERRORS, SHOWN_INCIDENTS, SHOWN_HIT, SHOWN_PAGES = 4, 6, 8, 3
FRAME = 2  # lines of the frame, and columns at each side


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the numbers: the broker's name, what there is to be watched, commands to try, and the clock of
    the province, once it goes."""

    broker: str
    size: str
    commands: Sequence[str]
    clock: Clock | None = None
    values_per_s: float = 0.0
    elapsed_s: float = 0.0


def render(stats: Stats, seen: Seen, frame: Frame, width: int, height: int | None = None) -> Panel:
    """Return the whole screen; with `height` it has that many lines."""
    room = width - 2 * FRAME
    sections = [
        Section(list(_summary(stats, frame, seen.overview)), 4),
        *_areas(seen, room),
        Section(list(_incidents(seen)), 3),
        Section(list(_pages(seen)), 4),
        Section([line(("$ ", "dim"), (command, "cyan")) for command in frame.commands], 2),
        Section(_agents(stats, room), 0),
        Section(list(_errors(stats["devices"])), 0),
    ]
    return _framed(fit(sections, None if height is None else height - FRAME), frame, height)


def starting(parts: Sequence[str], frame: Frame, height: int | None = None) -> Panel:
    """Return the screen while the parts are started, in their order."""
    runs = [line(("✓ ", "green"), (part, "")) for part in parts]
    return _framed([line((f"{word('demo_starts')}: {frame.size}", "bold")), *runs], frame, height)


def _framed(lines: list[Text], frame: Frame, height: int | None) -> Panel:
    below = [f"{frame.elapsed_s:.0f} s", frame.broker, word("demo_hint")]
    if frame.clock is not None:
        at = datetime.fromtimestamp(frame.clock.simulated(time.time()), VIET_NAM)
        below.insert(1, word("demo_time", time=f"{at:%d/%m %H:%M}", speed=f"{frame.clock.speed:g}"))
    return Panel(
        Group(*lines),
        title=Text(word("demo_title"), style="bold"),
        subtitle=Text(GAP.join(below), style="dim"),
        border_style="green",
        height=height,
    )


def _summary(stats: Stats, frame: Frame, overview: Overview | None) -> Iterator[Text]:
    """Yield a line for each: sites, communes, devices, data with their books, and how they came."""
    names = [word(name) for name in ("sites", "communes", "devices", "data", "heard")]
    heads = [(f"{name:{max(map(len, names))}}", "bold") for name in names]
    sound = totals(stats["ledger"]).balanced
    if overview is not None:
        yield line(heads[0], *_sites(overview), between=GAP)
        yield line(heads[1], *_communes(overview), between=GAP)
    yield line(heads[2], *_devices(stats), between=GAP)
    yield line(
        heads[3],
        (word("balanced" if sound else "not_balanced"), "green" if sound else "red"),
        *([] if stats["store_ready"] else [(word("store_paused"), "red")]),
        (word("values_per_s", count=f"{frame.values_per_s:,.0f}"), ""),
        (word("latency", ms=f"{percentile(stats['latencies_ms'], 0.99):,}"), ""),
        between=GAP,
    )
    yield line(
        heads[4],
        *((word(f"heard_{kind}", count=f"{stats['kinds'].get(kind, 0):,}"), "") for kind in KINDS),
        between=GAP,
    )


def _sites(overview: Overview) -> Iterator[Part]:
    for name, count in overview["sites"].items():
        if count:
            yield f"{count} {word(f'sites_{name}')}", SITES.get(name, "")
    up, down = overview["uptime"]["up"], overview["uptime"]["down"]
    if up + down:
        yield word("uptime", pct=f"{100 * up / (up + down):.2f}"), ""


def _communes(overview: Overview) -> Iterator[Part]:
    for technology, counts in sorted(overview["headlines"].items()):
        style = "red" if counts["lost"] else "magenta" if counts["blind"] else "green"
        yield f"{technology.upper()} {counts['communes']}/{counts['total']}", style


def _devices(stats: Stats) -> Iterator[Part]:
    for outcome, count in by_outcome(stats["devices"], stats["assigned"]).most_common():
        if count:
            yield f"{count} {word(outcome)}", STYLES.get(outcome, "red")


def _areas(seen: Seen, room: int) -> Iterator[Section]:
    if seen.overview is None:
        return
    areas = seen.overview["areas"]
    agents = Counter(seen.agents.get(incident["place"], "") for incident in seen.incidents)
    rows = clusters(areas, agents, room)
    yield Section(rows, len(rows))
    found = hit(areas)
    head = line((f"{word('hit')} ({len(found)})", "bold"))
    yield Section([head, *(found[:SHOWN_HIT] or [line((word("all_well"), ""))])], 3)


def _incidents(seen: Seen) -> Iterator[Text]:
    """Yield a line for each, the newest first."""
    yield line((f"{word('incidents')} ({len(seen.incidents)})", "bold"))
    for incident in seen.incidents[-SHOWN_INCIDENTS:][::-1]:
        what = f"  {place(incident)}: {incident['what']}"
        yield line((incident["key"], "red"), (f"{_age(incident['opened']):>7}", ""), (what, ""))
    if not seen.incidents:
        yield line((word("none"), ""))


def _pages(seen: Seen) -> Iterator[Text]:
    """Yield the last messages as the phone shows them, the newest first."""
    yield line((f"{word('phone')} ({len(seen.phone.messages)})", "bold"))
    for message in list(seen.phone.messages)[-SHOWN_PAGES:][::-1]:
        yield line(("▌ ", "yellow"), (message.title, "yellow"))
        for text in message.text.strip().splitlines():
            yield line(("▌ ", "yellow"), (text, ""))
    if not seen.phone.messages:
        yield line((word("none"), ""))


def _agents(stats: Stats, room: int) -> list[Text]:
    rows = [(row["agent"], dict(row), stats["agents"].get(row["agent"])) for row in stats["ledger"]]
    columns = [Column(word("agent"), [(name, "") for name, _, _ in rows], is_left=True)]
    columns += [Column(word(name), [(f"{book[name]:,}", "") for _, book, _ in rows]) for name in BOOKS]
    clocks = [(shown(agent), "red" if is_off(agent) else "dim") if agent else ("", "") for _, _, agent in rows]
    return table([*columns, Column(word("clock"), clocks, is_left=True, needed=False)], room)


def _errors(devices: Mapping[str, DeviceWords]) -> Iterator[Text]:
    yield line((word("last_errors"), "bold"))
    bad = sorted(
        ((name, device) for name, device in devices.items() if device["outcome"] != "ok"),
        key=lambda item: -item[1]["time"],
    )[:SHOWN_ERRORS]
    wide = max((len(name) for name, _ in bad), default=0)
    for name, device in bad:
        outcome = (f"  {word(device['outcome'])}", STYLES.get(device["outcome"], "red"))
        yield line((f"{name:{wide}}{_age(device['time']):>7}", ""), outcome, (f"  {device['reason']}", "dim"))
    if not bad:
        yield line((word("none"), ""))


def _age(since_ms: int) -> str:
    return f"{max(0, int(time.time() - since_ms / 1000))} s"
