"""`mangrove poll`: one device, once, to a table with units."""

import asyncio
import socket
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agents.credentials import COMMUNITY_VERSIONS
from agents.poller import poll, target
from agents.snmp.message import Community
from agents.snmp.transport import Transport
from contract.batch import Batch
from contract.catalog import Catalog, load_catalog
from contract.config_file import did_you_mean
from contract.messages import AssignedDevice
from contract.profiles import load_profiles
from mangrove.readable import plain, readable
from mangrove.shipped import shipped_config
from mangrove.words import word


async def show(
    address: str, names: list[str], community: str, version: str, timeout_s: float, retries: int, folder: Path | None
) -> int:
    """Poll and print; return 0 when the device answered, 1 when not, 2 when it was asked wrongly.

    Raises:
        ConfigError: a profile cannot be read.
    """
    catalog = load_catalog(shipped_config() / "catalog.yaml")
    profiles, _ = load_profiles(folder or shipped_config() / "profiles", catalog)
    host, port = _split(address)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except OSError as error:
        print(f"{host} is not known: {error}", file=sys.stderr)
        return 2
    host = str(found[0][4][0])
    for name in names:
        if name not in profiles:
            print(f"there is no profile {name}{did_you_mean(name, profiles)}", file=sys.stderr)
            return 2
    if version not in COMMUNITY_VERSIONS or port is None:
        print("--version is v1 or v2c; ADDRESS is HOST or HOST:PORT, an IPv6 one [HOST]:PORT", file=sys.stderr)
        return 2
    device = AssignedDevice(
        id="device", address=host, port=port, credential="-", profiles=names, interval_s=60, timeout_s=timeout_s,
        retries=retries,
    )  # fmt: skip
    transport = Transport()
    try:
        asking = Community(COMMUNITY_VERSIONS[version], community.encode())
        batch = await poll(target(device, profiles, "", transport, asking))
    finally:
        transport.close()
    _print(batch, catalog)
    return 0 if batch.tables else 1


def _split(address: str) -> tuple[str, int | None]:
    host, colon, port = address.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        return address.strip("[]"), 161
    return host.strip("[]"), int(port) if port.isdigit() and 0 < int(port) < 65536 else None


def _print(batch: Batch, catalog: Catalog) -> None:
    console = Console()
    for table in batch.tables:
        console.print(readable(table, catalog))
        empty = [
            name for i, name in enumerate(table.fields) if all(row[len(table.tags) + i] is None for row in table.rows)
        ]
        if empty:
            console.print(Text(f"{word('no_value')}: {', '.join(empty)}", style="dim"))
    info = batch.poll
    if info is not None:
        said = f"{word('outcome')}: {word(info.outcome)}, {info.took_ms} ms, {info.requests} {word('requests')}"
        console.print(plain(f"{said}. {info.reason}" if info.reason else said))
