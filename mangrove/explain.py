"""`mangrove poll --explain`: every packet of a poll, what it was for and what it cost, and what is known afterwards."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.host_clock import HostClock
from agents.poller import poll
from agents.snmp.names import Kind
from agents.snmp.results import Exchange
from contract import batch as contract_batch
from contract.catalog import Catalog
from mangrove.column_walk import column_by_column
from mangrove.explain_known import known_table
from mangrove.plan_words import purpose_words
from mangrove.polling import Polled
from mangrove.readable import plain, print_tables
from mangrove.words import word

PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """A packet, and what it was for."""

    purpose: str
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Cost:
    """What packets came to; those without an answer are packets, too."""

    packets: int
    octets: int
    ms: float


def cost(exchanges: Iterable[Exchange]) -> Cost:
    """Return the sum."""
    all_of = list(exchanges)
    octets = sum(one.octets_out + one.octets_in for one in all_of)
    return Cost(len(all_of), octets, sum(one.took_ms for one in all_of))


async def show(device: Polled, catalog: Catalog, console: Console, every_s: float | None) -> int:
    """Poll twice, so that the second poll is nearly as those of every day; print the packets of both, what is known,
    and what a walk of each column would have cost. Returns 1 when the device did not answer."""
    talk = device.target.talk
    steps: list[Step] = []
    purpose = ""

    def tell(said: str) -> None:
        nonlocal purpose
        purpose = said

    talk.tell = tell
    talk.session.watch(lambda exchange: steps.append(Step(purpose, exchange)))
    polls: list[list[Step]] = []
    shown: list[contract_batch.Table] = []
    for title in ("explain_first", "explain_second"):
        batch = await poll(device.target, HostClock())
        polls.append(list(steps))
        steps.clear()
        console.print(packets(polls[-1], word(title)))
        if not batch.tables:
            if batch.poll:
                console.print(plain(f"{word('outcome')}: {word(batch.poll.outcome)}. {batch.poll.reason}"))
            return 1
        # Rates over the moment between the two would be of what the device keeps for seconds.
        shown = batch.tables if every_s or not shown else shown
        if title == "explain_first":
            console.print(known_table(talk.knowledge))
            await asyncio.sleep(every_s or PAUSE_S)
    walked = await column_by_column(device.session, talk.knowledge.plan)
    console.print(comparison(cost(step.exchange for step in polls[-1]), cost(walked)))
    print_tables(console, shown, catalog)
    return 0


def packets(steps: Sequence[Step], title: str) -> Table:
    """Return a line for each packet and the sums below."""
    total = cost(step.exchange for step in steps)
    out = Table(title=title, title_justify="left", show_footer=True)
    out.add_column("#", justify="right", footer=f"{total.packets}")
    out.add_column(word("explain_purpose"), footer=word("explain_total"), ratio=1)
    out.add_column(word("explain_asked"))
    for name, sum_ in (
        ("explain_out", sum(step.exchange.octets_out for step in steps)),
        ("explain_in", sum(step.exchange.octets_in for step in steps)),
    ):
        out.add_column(word(name), justify="right", footer=f"{sum_:,}")
    out.add_column("ms", justify="right", footer=f"{total.ms:.1f}")
    last = ""
    for number, step in enumerate(steps, 1):
        one = step.exchange
        said = purpose_words(step.purpose)
        about = Text.assemble((said if step.purpose != last else "〃", "" if step.purpose != last else "dim"))
        if one.error:
            about.append("\n").append(plain(one.error, "yellow" if one.octets_in else "red"))
        octets_in = f"{one.octets_in:,}" if one.octets_in else "-"
        out.add_row(str(number), about, asked(one), f"{one.octets_out:,}", octets_in, f"{one.took_ms:.1f}")
        last = step.purpose
    return out


def asked(exchange: Exchange) -> str:
    """Return what a packet asked for: objects, and in a GETBULK how many rows of them."""
    if exchange.kind is Kind.GETBULK:
        return f"GETBULK {exchange.objects} × {exchange.repetitions}"
    return f"{exchange.kind.name} {exchange.objects}"


def comparison(ours: Cost, theirs: Cost) -> Table:
    """Return what the poll cost beside a walk of each column."""
    out = Table(title=word("explain_compare"), title_justify="left")
    for name in ("", "explain_packets", "explain_octets"):
        out.add_column(word(name) if name else "", justify="right" if name else "left")
    out.add_row(Text(word("explain_this"), "bold green"), f"{ours.packets:,}", f"{ours.octets:,}")
    out.add_row(word("explain_columns"), f"{theirs.packets:,}", f"{theirs.octets:,}")
    if theirs.packets and theirs.octets:
        share = (f"{ours.packets / theirs.packets:.0%}", f"{ours.octets / theirs.octets:.0%}")
        out.add_row(word("explain_share"), *share, style="bold")
    return out
