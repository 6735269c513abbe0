"""The demo's terminal view, the most important first: a low terminal cuts what is below.

The network and the books, the incidents, the pages as the phone shows them; then the agents and the last errors.
"""

import time
from collections.abc import Iterable, Iterator, Mapping

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text

from contract.printable import printable
from mangrove.clocks import is_off, shown
from mangrove.demo.numbers import DeviceWords, Stats, by_outcome, percentile, totals
from mangrove.demo.seen import Overview, Seen, place
from mangrove.words import word

STYLES = {"ok": "green", "partial": "yellow", "waiting": "dim"}
SITES = {"up": "green", "down": "red", "unknown": "magenta", "behind": "yellow"}
SHOWN_ERRORS = 4
SHOWN_INCIDENTS = 4
LINES_A_PAGE = 12
LINES = 36  # where they are not bounded
GAP = "   "


def render(
    stats: Stats, values_per_s: float, broker: str, elapsed_s: float, seen: Seen, height: int | None = None
) -> RenderableType:
    """Return the whole screen, cut to `height` lines if it is given."""
    parts = [
        _summary(stats, values_per_s, seen.overview),
        *_incidents(seen),
        *_pages(seen, max(2, (height or LINES) // LINES_A_PAGE)),
    ]
    return Panel(
        Group(*parts, _agents(stats), *_errors(stats["devices"])),
        title=Text(word("demo_title"), style="bold"),
        subtitle=Text(f"{elapsed_s:.0f} s{GAP}{broker}{GAP}{word('demo_hint')}", style="dim"),
        border_style="green",
        height=height,
    )


def _summary(stats: Stats, values_per_s: float, overview: Overview | None) -> Table:
    """A line for each: sites, communes, devices, data, books."""
    ready, sound = stats["store_ready"], totals(stats["ledger"]).balanced
    data = [(word("values_per_s", count=f"{values_per_s:,.0f}"), "")]
    data += [(word("latency", ms=f"{percentile(stats['latencies_ms'], 0.99):,}"), "")]
    books = [(word("balanced" if sound else "not_balanced"), "green" if sound else "red")]
    books += [(word("store_ready" if ready else "store_paused"), "green" if ready else "red")]
    table = Table.grid(padding=(0, 3, 0, 0))
    if overview is not None:
        table.add_row(Text(word("sites"), style="bold"), _line(_sites(overview)))
        table.add_row(Text(word("communes"), style="bold"), _line(_communes(overview)))
    table.add_row(Text(word("devices"), style="bold"), _line(_devices(stats)))
    table.add_row(Text(word("data"), style="bold"), _line(data))
    table.add_row("", _line(books))
    return table


def _sites(overview: Overview) -> Iterator[tuple[str, str]]:
    for name, count in overview["sites"].items():
        if count:
            yield f"{count} {word(f'sites_{name}')}", SITES.get(name, "")
    up, down = overview["uptime"]["up"], overview["uptime"]["down"]
    if up + down:
        yield word("uptime", pct=f"{100 * up / (up + down):.2f}"), ""


def _communes(overview: Overview) -> Iterator[tuple[str, str]]:
    for technology, line in sorted(overview["headlines"].items()):
        style = "red" if line["lost"] else "magenta" if line["blind"] else "green"
        yield f"{technology.upper()} {line['communes']}/{line['total']}", style


def _devices(stats: Stats) -> Iterator[tuple[str, str]]:
    for outcome, count in by_outcome(stats["devices"], stats["assigned"]).most_common():
        if count:
            yield f"{count} {word(outcome)}", STYLES.get(outcome, "red")


def _incidents(seen: Seen) -> Iterator[RenderableType]:
    """A line for each, the newest first."""
    yield Text(f"\n{word('incidents')} ({len(seen.incidents)})", style="bold")
    for incident in seen.incidents[-SHOWN_INCIDENTS:][::-1]:
        what = f"  {place(incident)}: {incident['what']}"
        yield _cut((incident["key"], "red"), (f"{_age(incident['opened']):>7}", ""), (what, ""))
    if not seen.incidents:
        yield Text(word("none"))


def _pages(seen: Seen, shown: int) -> Iterator[RenderableType]:
    """The last messages as the phone shows them, the newest first."""
    yield Text(f"{word('phone')} ({len(seen.phone.messages)})", style="bold")
    for message in list(seen.phone.messages)[-shown:][::-1]:
        lines = [printable(line) for line in message.text.strip().splitlines()]
        yield Panel(Text.assemble((printable(message.title), "bold"), "\n", "\n".join(lines)), border_style="yellow")
    if not seen.phone.messages:
        yield Text(word("none"))


def _agents(stats: Stats) -> Table:
    names = ("produced", "seen", "stored", "refused", "held", "dropped", "spooled")
    columns = (Column(word(name), justify="right") for name in names)
    table = Table(
        word("agent"), *columns, word("clock"), box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0)
    )
    for row in stats["ledger"]:
        agent = stats["agents"].get(row["agent"])
        clock = Text(shown(agent), style="red" if is_off(agent) else "dim") if agent else Text()
        table.add_row(row["agent"], *(f"{dict(row)[name]:,}" for name in names), clock)
    return table


def _errors(devices: Mapping[str, DeviceWords]) -> Iterator[RenderableType]:
    yield Text(word("last_errors"), style="bold")
    bad = sorted(
        ((name, device) for name, device in devices.items() if device["outcome"] != "ok"),
        key=lambda item: -item[1]["time"],
    )[:SHOWN_ERRORS]
    wide = max((len(name) for name, _ in bad), default=0)
    for name, device in bad:
        outcome = (f"  {word(device['outcome'])}", STYLES.get(device["outcome"], "red"))
        yield _cut((f"{name:{wide}}{_age(device['time']):>7}", ""), outcome, (f"  {device['reason']}", "dim"))
    if not bad:
        yield Text(word("none"))


def _age(since_ms: int) -> str:
    return f"{max(0, int(time.time() - since_ms / 1000))} s"


def _cut(*parts: tuple[str, str]) -> Text:
    """One line, cut at its end where the terminal is narrow."""
    shown = ((printable(text), style) for text, style in parts)
    return Text.assemble(*shown, no_wrap=True, overflow="ellipsis")


def _line(parts: Iterable[tuple[str, str]]) -> Text:
    return Text(GAP).join(Text(text, style=style) for text, style in parts)
