"""`mangrove poll`: one device, to tables with units; once, again and again, or with every packet explained."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from agents.host_clock import HostClock
from agents.poller import poll
from agents.snmp.errors import SnmpError
from agents.snmp.transport import Transport
from contract.batch import Batch
from mangrove import explain, watch
from mangrove.asking import Asking
from mangrove.polling import polled
from mangrove.profile_list import shipped_or
from mangrove.readable import plain, print_tables
from mangrove.words import word

BEAT_S = 60.0


async def show(
    asking: Asking,
    names: list[str],
    folder: Path | None,
    catalog_file: Path | None,
    *,
    every_s: float | None,
    count: int,
    explained: bool,
) -> int:
    """Poll and print; return 0 when the device answered, 1 when not. With `every_s` poll on that beat, `count` times or
    until interrupted (0); `explained` shows what was asked, and why.

    Raises:
        ConfigError: a profile cannot be read or is not there, or an option cannot be used.
    """
    profiles, catalog = shipped_or(folder, catalog_file)
    console = Console()
    transport = Transport()
    try:
        device = await polled(asking, transport, profiles, names, every_s or BEAT_S)
        if not names:
            console.print(Text(word("poll_matching", names=", ".join(device.names)), style="dim"))
        if explained:
            return await explain.show(device, catalog, console, every_s)
        if every_s:
            return await watch.show(device, catalog, console, every_s, count)
        batch = await poll(device.target, HostClock())
    except SnmpError as error:
        console.print(plain(f"{word('outcome')}: {word(error.outcome)}. {error}"))
        return 1
    finally:
        transport.close()
    print_tables(console, batch.tables, catalog)
    console.print(plain(outcome(batch)))
    return 0 if batch.tables else 1


def outcome(batch: Batch) -> str:
    """Return how a poll went, on one line."""
    info = batch.poll
    if info is None:
        return ""
    said = f"{word('outcome')}: {word(info.outcome)}, {info.took_ms} ms, {info.requests} {word('requests')}"
    return f"{said}. {info.reason}" if info.reason else said
