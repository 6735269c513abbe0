"""`mangrove poll`: one device, once, to a table with units."""

from pathlib import Path

from rich.console import Console

from agents.poller import poll, target
from agents.snmp.transport import Transport
from contract.batch import Batch
from contract.catalog import Catalog, load_catalog
from contract.config_file import did_you_mean
from contract.messages import AssignedDevice
from contract.profiles import load_profiles
from mangrove.asking import Asking, wrong
from mangrove.readable import plain, print_tables
from mangrove.shipped import shipped_config
from mangrove.words import word


async def show(asking: Asking, names: list[str], folder: Path | None) -> int:
    """Poll and print; return 0 when the device answered, 1 when not.

    Raises:
        ConfigError: a profile cannot be read or is not there, or an option cannot be used.
    """
    catalog = load_catalog(shipped_config() / "catalog.yaml")
    profiles, _ = load_profiles(folder or shipped_config() / "profiles", catalog)
    for name in names:
        if name not in profiles:
            raise wrong("--profile", f"there is no profile {name}{did_you_mean(name, profiles)}")
    transport = Transport()
    try:
        host, port = await asking.resolved()
        device = AssignedDevice(
            id="device", address=host, port=port, credential="-", profiles=names, interval_s=60,
            timeout_s=asking.timeout_s, retries=asking.retries,
        )  # fmt: skip
        batch = await poll(target(device, profiles, "", transport, asking.login.security()))
    finally:
        transport.close()
    _print(batch, catalog)
    return 0 if batch.tables else 1


def _print(batch: Batch, catalog: Catalog) -> None:
    console = Console()
    print_tables(console, batch.tables, catalog)
    info = batch.poll
    if info is not None:
        said = f"{word('outcome')}: {word(info.outcome)}, {info.took_ms} ms, {info.requests} {word('requests')}"
        console.print(plain(f"{said}. {info.reason}" if info.reason else said))
