"""The simulator as a program: every device of an inventory answers SNMP, every sensor speaks MQTT, until told to stop.

    python -m simulator.app --inventory FILE [--seed N] [--speed N] [--broker HOST:PORT] [--quiet-sky] [--truth FILE]

It prints `ready N` when all N devices listen. It ends on SIGTERM or SIGINT, and when its parent dies.
"""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence

from contract.config_file import ConfigError
from contract.inventory import Inventory
from contract.inventory_folder import read
from contract.secret import SecretError
from simulator.clock import Clock
from simulator.model.change import Change
from simulator.options import broker, parse
from simulator.run import run
from simulator.sky import Sky
from simulator.snmp.server import Address, ListenError, Network
from simulator.truth import Run, Truth

_PR_SET_PDEATHSIG = 1  # prctl(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as a program. Returns 0 when told to stop, 2 when it cannot start, with the reason on stderr."""
    options = parse(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    die_with_parent()
    try:
        inventory = read(options.inventory).value
        asyncio.run(_main(inventory, options))
    except (ConfigError, ListenError, SecretError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


async def _main(inventory: Inventory, options: Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    where, password = broker(options)
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(options.truth.open("w", encoding="utf-8")) if options.truth else None
        truth: list[Truth] = []

        def ready(addresses: list[Address], clock: Clock) -> None:
            if file:
                truth.append(Truth(file, Run(*clock, seed=options.seed)))
            print(f"ready {len(addresses)}", flush=True)

        def note(change: Change) -> None:
            for one in truth:
                one.note([change])

        await run(
            inventory,
            stop,
            seed=options.seed,
            sky=Sky(options.quiet_sky, options.story, options.hurry),
            start=options.start,
            speed=options.speed,
            community=options.community,
            network=Network(options.loss, options.delay, options.seed),
            broker=where,
            password=password,
            traps=dict(options.trap or ()),
            pm=dict(options.pm or ()),
            pm_period_s=options.pm_period,
            control=options.control,
            on_ready=ready,
            on_change=note,
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
