"""The heartbeat: what the agent has made, still holds and gave up, numbered and retained."""

import time

from agents.holdings import BootState
from agents.host_clock import is_synchronised
from agents.spool import Spool
from contract.messages import BootNumbers, Numbers, boot_text


def numbers(spool: Spool, n: int, *, interval_s: float, state: str, assignment: str, devices: int) -> Numbers:
    """Return heartbeat number `n`. All of it is of durable batches."""
    return Numbers(
        boot=boot_text(spool.boot),
        n=n,
        time=time.time_ns() // 1_000_000,
        interval_s=interval_s,
        replaces=spool.replaces,
        boots={boot_text(boot): _boot(state) for boot, state in spool.state().items()},
        state=state,
        synced=is_synchronised(),
        assignment=assignment,
        devices=devices,
    )


def _boot(state: BootState) -> BootNumbers:
    return BootNumbers(produced=state.produced.pairs(), spooled=state.spooled.pairs(), dropped=state.dropped.pairs())
