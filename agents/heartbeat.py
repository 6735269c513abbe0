"""The heartbeat: what the agent has made, still holds and gave up, numbered and retained."""

from agents.anchors import Anchors
from agents.holdings import BootState
from agents.host_clock import HostClock
from agents.spool import Spool
from contract.messages import BootNumbers, Numbers, boot_text


def numbers(
    spool: Spool,
    n: int,
    clock: HostClock,
    anchors: Anchors,
    *,
    interval_s: float,
    state: str,
    assignment: str,
    devices: int,
) -> Numbers:
    """Return heartbeat number `n`. All of it is of durable batches and anchors."""
    stamp = clock.now()
    return Numbers(
        boot=boot_text(spool.boot),
        n=n,
        time=stamp.time,
        mono=stamp.mono,
        interval_s=interval_s,
        replaces=spool.replaces,
        boots={boot_text(boot): _boot(boot_text(boot), state, anchors) for boot, state in spool.state().items()},
        state=state,
        synced=stamp.synced,
        assignment=assignment,
        devices=devices,
    )


def _boot(boot: str, state: BootState, anchors: Anchors) -> BootNumbers:
    return BootNumbers(
        produced=state.produced.pairs(),
        spooled=state.spooled.pairs(),
        dropped=state.dropped.pairs(),
        anchor=anchors.of(boot),
        same_host=anchors.is_here(boot) or None,
    )
