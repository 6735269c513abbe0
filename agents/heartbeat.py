"""The heartbeat: what the agent has made, still holds and gave up, numbered and retained."""

from agents.anchors import Anchors
from agents.holdings import BootState
from agents.host_clock import HostClock
from agents.spool import Spool
from contract.messages import MAX_BOOTS, MAX_HEARTBEAT, BootNumbers, Numbers, boot_text


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


def payload(made: Numbers) -> tuple[bytes, bool]:
    """Return what is sent, and whether that is all of it. Of more boots or pieces than a collector would read what is
    said of batches is left out with the name of the books, which stay as they are: the agent and its clock are heard
    all the same."""
    made = made.model_copy(update={"replaces": made.replaces[:MAX_BOOTS]})
    whole = made.to_json()
    if len(whole) <= MAX_HEARTBEAT and len(made.boots) <= MAX_BOOTS:
        return whole, True
    told = sorted(made.boots, key=lambda boot: boot != made.boot)[:MAX_BOOTS]  # its own first
    boots = {boot: BootNumbers(anchor=made.boots[boot].anchor, same_host=made.boots[boot].same_host) for boot in told}
    return made.model_copy(update={"boots": boots, "state": ""}).to_json(), False


def _boot(boot: str, state: BootState, anchors: Anchors) -> BootNumbers:
    return BootNumbers(
        produced=state.produced.pairs(),
        spooled=state.spooled.pairs(),
        dropped=state.dropped.pairs(),
        anchor=anchors.of(boot),
        same_host=anchors.is_here(boot) or None,
    )
