"""`mangrove poll --watch`: one device on its beat, on a terminal in place, into a pipe one poll after the other."""

import asyncio
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from agents.host_clock import HostClock
from agents.poller import poll
from contract.batch import Batch
from contract.catalog import Catalog
from mangrove.changes import Changes
from mangrove.polling import Polled
from mangrove.readable import plain, readable
from mangrove.words import word

_STYLES = {"ok": "green", "partial": "yellow"}


async def show(device: Polled, catalog: Catalog, console: Console, every_s: float, count: int) -> int:
    """Poll every so many seconds, `count` times or, when 0, until interrupted; 1 when the device did not answer the
    last time."""
    changes = Changes(catalog)
    live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
    shown: AbstractContextManager[object] = live if console.is_terminal else nullcontext()
    answered = False
    began, polls = time.monotonic(), 0
    try:
        with shown:
            while not count or polls < count:
                batch = await poll(device.target, HostClock())
                polls += 1
                answered = bool(batch.tables)
                at = datetime.now().astimezone()
                changes.take(batch.tables, at)
                view = render(batch, catalog, changes, console.width, f"{polls}/{count}" if count else str(polls), at)
                if console.is_terminal:
                    live.update(view, refresh=True)
                else:
                    console.print(view)
                if polls != count:
                    await asyncio.sleep(until_next(began, every_s, time.monotonic()))
    except asyncio.CancelledError:  # Ctrl-C is how it ends
        console.print(Text(word("watch_ended", count=polls), style="dim"))
    return 0 if answered else 1


def until_next(began: float, every_s: float, now: float) -> float:
    """Return the seconds to the next beat; beats that were missed are left out."""
    return every_s - (now - began) % every_s


def render(batch: Batch, catalog: Catalog, changes: Changes, width: int, number: str, at: datetime) -> RenderableType:
    """Return the screen after one poll: how it went and what changed, then the tables."""
    info = batch.poll
    style = _STYLES.get(info.outcome, "bold red") if info else ""
    said = f"{at:%H:%M:%S}  {word('watch_poll', number=number)}: {word(info.outcome)}" if info else ""
    cost = f", {info.took_ms} ms, {info.requests} {word('requests')}" if info else ""
    parts: list[RenderableType] = [Text.assemble((said, style), (cost, "dim"))]
    if info and info.reason:
        parts.append(plain(info.reason, style))
    parts += [plain(f"{change.at:%H:%M:%S}  {change.text}", "yellow") for change in reversed(changes.latest)]
    for table in batch.tables:
        parts += readable(table, catalog, width, changes.style(table))
    return Group(*parts)
