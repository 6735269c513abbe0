"""The demo's terminal view: devices by state, values per second, spool, acknowledgements, last errors."""

import time
from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from mangrove.demo.numbers import DeviceWords, Stats, by_outcome, percentile, totals
from mangrove.demo.seen import Overview, Seen
from mangrove.readable import plain
from mangrove.words import word

STYLES = {"ok": "green", "partial": "yellow", "waiting": "dim"}
SITES = {"up": "green", "down": "red", "unknown": "magenta", "behind": "yellow"}
SHOWN_ERRORS = 4
SHOWN_INCIDENTS = 4
SHOWN_PAGES = 2


def render(stats: Stats, values_per_s: float, broker: str, elapsed_s: float, seen: Seen) -> RenderableType:
    """Return the whole screen."""
    head = Text.assemble(
        (word("demo_title"), "bold"),
        f"   {elapsed_s:.0f} s   {broker}   ",
        (word("store_ready"), "green") if stats["store_ready"] else (word("store_paused"), "red"),
        (f"   {word('demo_hint')}", "dim"),
    )
    columns = Table.grid(padding=(0, 4))
    columns.add_row(_devices(stats), _network(seen.overview), _flow(stats, values_per_s))
    parts = [columns, _incidents(seen), _pages(seen), _agents(stats), _errors(stats["devices"])]
    return Panel(Group(head, Text(), *parts), border_style="green")


def _devices(stats: Stats) -> Table:
    table = Table(word("devices"), word("count"), box=None, header_style="bold")
    for outcome, count in sorted(by_outcome(stats["devices"], stats["assigned"]).items(), key=lambda item: -item[1]):
        if count:
            table.add_row(Text(word(outcome), style=STYLES.get(outcome, "red")), Text(f"{count:>5}"))
    return table


def _network(overview: Overview | None) -> Table:
    table = Table(word("network"), "", box=None, header_style="bold")
    if overview is None:
        return table
    for name, count in overview["sites"].items():
        if count:
            table.add_row(word(f"sites_{name}"), Text(f"{count:>5}", style=SITES.get(name, "")))
    up, down = overview["uptime"]["up"], overview["uptime"]["down"]
    if up + down:
        table.add_row(word("uptime"), Text(f"{100 * up / (up + down):.2f} %", justify="right"))
    for technology, line in sorted(overview["headlines"].items()):
        style = "red" if line["lost"] else "magenta" if line["blind"] else "green"
        text = Text(f"{line['communes']}/{line['total']}", style=style, justify="right")
        table.add_row(word("communes_with", technology=technology.upper()), text)
    return table


def _incidents(seen: Seen) -> Table:
    table = Table(word("incidents"), "", "", box=None, header_style="bold")
    for incident in seen.incidents[:SHOWN_INCIDENTS]:
        age = max(0, int(time.time() - incident["opened"] / 1000))
        what = plain(f"{incident['where']}: {incident['what']}")
        table.add_row(plain(incident["key"], style="red"), what, f"{age} s")
    if not seen.incidents:
        table.add_row(word("none"), "", "")
    return table


def _pages(seen: Seen) -> RenderableType:
    """The last messages as the phone shows them, the newest first."""
    shown = list(seen.phone.messages)[-SHOWN_PAGES:][::-1]
    head = Text(f"{word('phone')} ({len(seen.phone.messages)})", style="bold")
    if not shown:
        return Group(head, Text(f"  {word('none')}"))
    cards = [
        Panel(Text(message.text.strip()), title=Text(message.title), title_align="left", border_style="yellow")
        for message in shown
    ]
    return Group(head, *cards)


def _flow(stats: Stats, values_per_s: float) -> Table:
    table = Table(box=None, show_header=False)
    sums = totals(stats["ledger"])
    rows: Sequence[tuple[str, str]] = (
        ("values_per_s", f"{values_per_s:,.0f}"),
        ("values_stored", f"{stats['storer'].get('values', 0):,}"),
        ("polls", f"{stats['polls']:,}"),
        ("batches_stored", f"{sums.stored:,}"),
        ("batches_spooled", f"{sums.spooled:,}"),
        ("latency", f"{percentile(stats['latencies_ms'], 0.99):,} ms"),
    )
    for key, value in rows:
        table.add_row(word(key), Text(value, justify="right"))
    sound = Text(word("balanced"), style="green") if sums.balanced else Text(word("not_balanced"), style="red")
    table.add_row(sound, "")
    return table


def _agents(stats: Stats) -> Table:
    names = ("produced", "seen", "stored", "refused", "held", "dropped", "spooled")
    table = Table(word("agent"), *(word(name) for name in names), box=None, header_style="bold")
    for row in stats["ledger"]:
        table.add_row(row["agent"], *(f"{dict(row)[name]:,}" for name in names))
    return table


def _errors(devices: Mapping[str, DeviceWords]) -> Table:
    table = Table(word("last_errors"), "", "", "", box=None, header_style="bold")
    bad = sorted(
        ((name, device) for name, device in devices.items() if device["outcome"] != "ok"),
        key=lambda item: -item[1]["time"],
    )
    for name, device in bad[:SHOWN_ERRORS]:
        age = max(0, int(time.time() - device["time"] / 1000))
        style = STYLES.get(device["outcome"], "red")
        table.add_row(
            name, Text(word(device["outcome"]), style=style), f"{age} s", plain(device["reason"], style="dim")
        )
    if not bad:
        table.add_row(word("none"), "", "", "")
    return table
