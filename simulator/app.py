"""The simulator as a program: every device of an inventory answers SNMP until it is told to stop.

    python -m simulator.app --inventory FILE [--seed N] [--quiet-sky] [--truth FILE]

It prints `ready N` when all listen. It ends on SIGTERM or SIGINT, and when its parent dies.
"""

import argparse
import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from contract.config_file import ConfigError, load
from contract.inventory import Inventory
from simulator.device import Device, Facts
from simulator.faults import Fault, begin, end, schedule
from simulator.objects import layout
from simulator.province import COMMUNITY
from simulator.server import Address, ListenError, Network, Server
from simulator.traffic import TICKS

PORTS = 8  # of each device
_PR_SET_PDEATHSIG = 1  # prctl(2)


def build(inventory: Inventory, start: int, *, seed: int, ports: int, community: str) -> dict[str, Device]:
    """Return a simulated device for each of the inventory, by id. `start`: ticks, see `Device`."""
    areas = {area.id: area.name for area in inventory.areas}
    sites = {site.id: f"{site.name}, {areas.get(site.area, site.area)}" for site in inventory.sites}
    links: dict[str, list[str]] = {}  # of each agent, the first device leads to all others
    for device in inventory.devices:
        links.setdefault(device.agent, []).append(device.id)
    shared = layout(ports)
    out: dict[str, Device] = {}
    for device in inventory.devices:
        centre, *others = links[device.agent]
        towards = others[:ports] if device.id == centre else [centre]
        facts = Facts(device.id, sites.get(device.site, device.site), towards)
        out[device.id] = Device(facts, shared, ports, seed, start, community=community)
    return out


async def run(
    inventory: Inventory,
    stop: asyncio.Event,
    *,
    seed: int = 0,
    quiet: bool = False,
    ports: int = PORTS,
    community: str = COMMUNITY,
    network: Network | None = None,
    on_ready: Callable[[list[Address]], None] | None = None,
    on_fault: Callable[[Fault, float], None] | None = None,
) -> None:
    """Answer for all devices, each at the address and port of the inventory, until `stop` is set.

    `quiet`: no faults. `ports`: interfaces of each device. `on_ready` gets the addresses when all listen; `on_fault`
    each fault as it begins, with the time in seconds since 1970 UTC.

    Raises:
        ListenError: a device cannot listen.
    """
    offset = time.time() - time.monotonic()  # a step of the host's clock must not turn counters back

    def now() -> float:
        return time.monotonic() + offset

    devices = build(inventory, int(now() * TICKS), seed=seed, ports=ports, community=community)
    server = Server(now, network)
    addresses = server.start((devices[entry.id], (entry.address, entry.port)) for entry in inventory.devices)
    try:
        if on_ready:
            on_ready(addresses)
        async with asyncio.TaskGroup() as group:
            faults = group.create_task(_faults(devices, ports, seed, now, on_fault, quiet=quiet))
            await stop.wait()
            faults.cancel()
    finally:
        server.close()


async def _faults(
    devices: dict[str, Device],
    ports: int,
    seed: int,
    now: Callable[[], float],
    on_fault: Callable[[Fault, float], None] | None,
    *,
    quiet: bool,
) -> None:
    loop = asyncio.get_running_loop()
    start = now()
    for fault in schedule(seed, list(devices), ports, quiet=quiet):
        await asyncio.sleep(start + fault.at_s - now())
        device, at = devices[fault.device], now()
        begin(fault, device, int(at * TICKS))
        loop.call_later(fault.for_s, _over, fault, device, now)
        if on_fault:
            on_fault(fault, at)


def _over(fault: Fault, device: Device, now: Callable[[], float]) -> None:
    end(fault, device, int(now() * TICKS))


def main(arguments: list[str] | None = None) -> int:
    """Run as a program. Returns 0 when told to stop, 2 when it cannot start, with the reason on stderr."""
    parser = argparse.ArgumentParser(prog="python -m simulator.app", description="Simulated routers that answer SNMP.")
    parser.add_argument("--inventory", type=Path, required=True, metavar="FILE", help="the devices, YAML or JSON")
    parser.add_argument("--seed", type=int, default=0, help="the same seed, the same values and faults")
    parser.add_argument("--quiet-sky", action="store_true", help="no faults")
    parser.add_argument("--ports", type=int, default=PORTS, metavar="N", help="interfaces of each device")
    parser.add_argument("--community", default=COMMUNITY)
    parser.add_argument("--loss", type=float, default=0.0, metavar="SHARE", help="share of responses lost, 0 to 1")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="delay of each response")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="append each fault as it begins, one JSON a line")
    options = parser.parse_args(arguments)
    die_with_parent()
    try:
        inventory = load(options.inventory, Inventory).value
        asyncio.run(_main(inventory, options))
    except (ConfigError, ListenError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


async def _main(inventory: Inventory, options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with contextlib.ExitStack() as stack:
        truth = stack.enter_context(options.truth.open("a", encoding="utf-8")) if options.truth else None

        def note(fault: Fault, at: float) -> None:
            if truth:
                print(json.dumps({"time": round(at, 2)} | asdict(fault)), file=truth, flush=True)

        await run(
            inventory,
            stop,
            seed=options.seed,
            quiet=options.quiet_sky,
            ports=options.ports,
            community=options.community,
            network=Network(options.loss, options.delay, options.seed),
            on_ready=lambda addresses: print(f"ready {len(addresses)}", flush=True),
            on_fault=note,
        )


def die_with_parent() -> None:
    """Have the kernel send SIGTERM when the thread that started this process ends (Linux, prctl(2)).

    Raises:
        OSError: the kernel refused.
    """
    parent = os.getppid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died before the kernel knew
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
