"""One device, polled on its beat within a hard budget, one poll at a time. Each poll is a batch, also a failed one."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from agents import reading, schedule
from agents.decode import decode
from agents.host_clock import is_synchronised
from agents.rate import Counters
from agents.reading import Reading
from agents.snmp.security import Security
from agents.snmp.session import Session
from agents.snmp.transport import Transport
from contract.batch import Batch, Outcome, PollInfo
from contract.messages import AssignedDevice
from contract.profile import Profile

log = logging.getLogger(__name__)

BUDGET = 0.9  # of the interval: the next beat finds the device free
MAX_BUDGET_S = 60.0


@dataclass(slots=True)
class PollCounts:
    """What the polls of an agent came to, since its start."""

    polls: int = 0
    failed: int = 0
    missed: int = 0


@dataclass(slots=True)
class Target:
    """One device with what is remembered of it from poll to poll."""

    device: AssignedDevice
    profiles: list[Profile]
    assignment: str
    session: Session
    counters: Counters = field(default_factory=Counters)
    answered: bool = True


def target(
    device: AssignedDevice,
    profiles: Mapping[str, Profile],
    assignment: str,
    transport: Transport,
    security: Security,
) -> Target:
    """Return a target for a device of an assignment.

    Raises:
        ValueError: a limit of the device is out of range.
    """
    session = Session(
        transport,
        (device.address, device.port),
        security,
        timeout_s=device.timeout_s,
        retries=device.retries,
    )
    return Target(device, [profiles[name] for name in device.profiles], assignment, session)


async def poll(target: Target) -> Batch:
    """Read a device once. Never raises for what the device does."""
    device = target.device
    began = time.monotonic()
    now_ms = time.time_ns() // 1_000_000
    requests = target.session.traffic.requests
    wanted = reading.plan(target.profiles)
    timed_out = False
    try:
        async with asyncio.timeout(min(BUDGET * device.interval_s, MAX_BUDGET_S)):
            got = await reading.read(target.session, wanted, patient=target.answered, once_s=device.timeout_s)
    except TimeoutError:
        got, timed_out = Reading(), True
    target.answered = bool(got.columns)
    mono_ms = int(time.monotonic() * 1000)
    tables = decode(target.profiles, got, target.counters) if got.columns else []
    outcome, reason = _outcome(got, timed_out=timed_out)
    return Batch(
        kind="poll",
        device=device.id,
        time=now_ms,
        mono=mono_ms,
        synced=is_synchronised(),
        assignment=target.assignment,
        poll=PollInfo(
            outcome=outcome,
            took_ms=int((time.monotonic() - began) * 1000),
            requests=target.session.traffic.requests - requests,
            reason=reason[:500],
        ),
        tables=tables,
    )


def _outcome(got: Reading, *, timed_out: bool) -> tuple[Outcome, str]:
    if timed_out:
        return "timeout", "the poll took longer than its budget"
    if got.error is None:
        return "ok", ""
    return ("partial" if got.columns else got.error.outcome), str(got.error)


async def _poll(target: Target) -> Batch:
    """As `poll`; a bug of ours is an outcome too, and the device is polled again on its next beat."""
    began, now_ms = time.monotonic(), time.time_ns() // 1_000_000
    try:
        return await poll(target)
    except Exception as error:
        log.exception("a bug in a poll of %s", target.device.id)
        mono = time.monotonic()
        info = PollInfo(outcome="error", took_ms=int((mono - began) * 1000), reason=f"a bug: {type(error).__name__}")
        return Batch(
            kind="poll",
            device=target.device.id,
            time=now_ms,
            mono=int(mono * 1000),
            synced=is_synchronised(),
            assignment=target.assignment,
            poll=info,
        )


async def keep_polling(target: Target, counts: PollCounts, put: Callable[[Batch], None]) -> None:
    """Poll on the device's beat until cancelled."""
    interval = target.device.interval_s
    offset = schedule.phase(target.device.id, interval)
    while True:
        due = schedule.next_beat(offset, interval, time.monotonic())
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        batch = await _poll(target)
        counts.polls += 1
        counts.failed += batch.poll is not None and batch.poll.outcome != "ok"
        counts.missed += schedule.missed(due, interval, time.monotonic())
        put(batch)
