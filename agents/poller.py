"""One device, polled within a hard budget. Each poll is a batch, also a failed one."""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agents import schedule
from agents.decode import Decoded, decode
from agents.host_clock import HostClock
from agents.identity import Recognition
from agents.knowledge import Knowledge
from agents.plan import limits
from agents.rate import Counters
from agents.reading import Conversation, Reading
from agents.shared import Shared
from agents.snmp.security import Security
from agents.snmp.session import Session
from agents.snmp.transport import Transport
from contract.batch import Batch, Outcome, PollInfo
from contract.messages import AssignedDevice
from contract.profile import Profile

log = logging.getLogger(__name__)

BUDGET = 0.9  # of the interval: the next beat finds the device free
MAX_BUDGET_S = 60.0
MAX_REASON = 500


@dataclass(slots=True)
class PollCounts:
    """What the polls of an agent came to, since its start."""

    by_outcome: Counter[Outcome] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """How many were not wholly well."""
        return self.by_outcome.total() - self.by_outcome["ok"]


@dataclass(slots=True)
class Target:
    """One device with what is remembered of it from poll to poll."""

    device: AssignedDevice
    profiles: tuple[Profile, ...]
    assignment: str
    talk: Conversation
    answered: bool = True


def target(
    device: AssignedDevice,
    profiles: Mapping[str, Profile],
    assignment: str,
    transport: Transport,
    security: Security,
    shared: Shared | None = None,
) -> Target:
    """Return a target for a device of an assignment; where that names no profiles, those of `profiles` that fit. What
    it has in common with others is kept in `shared`.

    Raises:
        ValueError: a limit of the device is out of range.
    """
    own = profiles_of(device, profiles)
    shared = shared or Shared()
    wanted = shared.plan(own if device.profiles else ())
    address = device.address, device.port
    session = Session(
        transport, address, security, timeout_s=device.timeout_s, retries=device.retries, **limits(wanted.quirks)
    )
    knowledge = Knowledge(wanted, schedule.share(device.id), shared)
    recognition = None if device.profiles else Recognition(profiles)
    talk = Conversation(session, knowledge, Counters(), device.interval_s, recognition)
    return Target(device, wanted.profiles or own, assignment, talk)


def profiles_of(device: AssignedDevice, profiles: Mapping[str, Profile]) -> tuple[Profile, ...]:
    """Return the profiles that a device has, or may have. Raises KeyError."""
    return tuple(profiles[name] for name in device.profiles or profiles)


async def poll(target: Target, clock: HostClock) -> Batch:
    """Read a device once. Never raises: what the device does is an outcome, and so is a bug of ours."""
    began, stamp = time.monotonic(), clock.now()
    session = target.talk.session
    requests = session.traffic.requests
    session.end_by(began + min(BUDGET * target.device.interval_s, MAX_BUDGET_S))
    try:
        got = await target.talk.read(patient=target.answered)
        decoded = decode(got.tables, target.talk.counters)
        outcome, reason = _outcome(got, decoded)
        target.answered = got.answered
    except Exception as error:
        log.exception("a bug in a poll of %s", target.device.id)
        decoded, outcome, reason = Decoded(), "error", f"a bug: {type(error).__name__}"
    ended = time.monotonic()
    return Batch(
        kind="poll",
        device=target.device.id,
        time=stamp.time,
        mono=stamp.mono,
        synced=stamp.synced,
        assignment=target.assignment,
        poll=PollInfo(
            outcome=outcome,
            took_ms=int((ended - began) * 1000),
            requests=session.traffic.requests - requests,
            reason=reason[:MAX_REASON],
        ),
        tables=decoded.tables,
    )


def _outcome(got: Reading, decoded: Decoded) -> tuple[Outcome, str]:
    if not got.answered and got.error:
        return got.error.outcome, str(got.error)
    reasons = [*([str(got.error)] if got.error else []), *decoded.complaints]
    if not reasons:
        return "ok", ""
    return ("partial" if decoded.tables else got.error.outcome if got.error else "error"), _few(reasons)


def _few(reasons: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(reasons))
