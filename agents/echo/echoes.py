"""Echoes to the devices of an assignment that want them: on each beat some requests, and a batch of what came back.

A round begins at a phase of its own in the device's interval, not with the poll. Its requests are at most a second
apart and within half of the interval; a reply that takes longer than the device's `timeout_s` (at most two fifths of
the interval, and 10 s) counts as lost.
"""

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from agents.beats import BeatCounts, Beats
from agents.echo.link import Link, LinkCounts
from agents.echo.matching import Matching, Pending
from agents.echo.packets import Echo
from agents.echo.round import Round
from agents.echo.sockets import Open, open_socket
from agents.host_clock import HostClock
from agents.snmp.errors import Unreachable
from agents.snmp.pace import Bucket
from agents.snmp.sockets import family_of
from contract.batch import Batch
from contract.messages import AssignedDevice, Assignment

log = logging.getLogger(__name__)

MAX_GAP_S: Final = 1.0
SPREAD: Final = 0.5  # of the interval
PATIENCE: Final = 0.4  # of the interval: a round is over before the next one
MAX_PATIENCE_S: Final = 10.0


@dataclass(slots=True)
class EchoCounts:
    """What became of the replies, since the start."""

    replies: int = 0
    """That came in time, each request's first."""
    duplicate: int = 0
    late: int = 0
    foreign: int = 0
    """Of other programs' requests, or from where none went."""


@dataclass(slots=True, eq=False)
class _Target:
    device: AssignedDevice
    family: socket.AddressFamily
    host: str
    assignment: str


class Echoes:
    """Lives on the event loop."""

    def __init__(
        self,
        sources: Iterable[str],
        per_second: float,
        put: Callable[[Batch], None],
        clock: HostClock,
        open_: Open = open_socket,
    ) -> None:
        """Send at most `per_second` requests to all devices together, from `sources` as those of SNMP."""
        self._put, self._clock = put, clock
        self._link = Link(sources, self._on_reply, self._on_error, open_)
        self._bucket = Bucket(per_second)
        self._matching = Matching()
        self._targets: dict[str, _Target] = {}
        self._waiters: dict[Pending, asyncio.Future[None]] = {}  # of rounds that have sent all
        self._beats = Beats()
        self.counts = EchoCounts()

    @property
    def beats(self) -> BeatCounts:
        """How the beats were kept."""
        return self._beats.counts

    @property
    def link(self) -> LinkCounts:
        """What the sockets did."""
        return self._link.counts

    @property
    def failing(self) -> bool:
        """Whether this host lets us have no socket that is needed."""
        return self._link.failing

    def __len__(self) -> int:
        return len(self._targets)

    async def run(self) -> None:
        """Send on the beats of all devices, until cancelled."""
        await self._beats.run()

    def apply(self, assignment: Assignment) -> None:
        """Send to the devices of the assignment that want it; who wanted the same before keeps the beat."""
        wanted = {device.id: device for device in assignment.devices if device.echo}
        for name in self._targets.keys() - wanted.keys():
            self._end(name)
        for device in wanted.values():
            present = self._targets.get(device.id)
            if present is not None and present.device == device:
                present.assignment = assignment.id
            else:
                self._start(device, assignment.id)
        if self._targets:
            log.info("assignment %s: echo to %d devices", assignment.id, len(self._targets))

    def stop(self) -> None:
        """End all, and close the sockets."""
        for name in list(self._targets):
            self._end(name)
        self._link.close()

    def _start(self, device: AssignedDevice, assignment: str) -> None:
        self._end(device.id)
        try:
            family, host = family_of(device.address)
        except Unreachable as error:
            log.error("no echo is sent to %s: %s", device.id, error)
            return
        target = self._targets[device.id] = _Target(device, family, host, assignment)
        self._beats.set(_beat(device.id), device.interval_s, partial(self._echo, target))

    def _end(self, name: str) -> None:
        if self._targets.pop(name, None):
            self._beats.end(_beat(name))

    async def _echo(self, target: _Target) -> None:
        """Send the requests of one interval, wait for what comes back, and hand on the batch."""
        stamp, device = self._clock.now(), target.device
        patience_s = min(device.timeout_s, PATIENCE * device.interval_s, MAX_PATIENCE_S)
        gap_s = min(MAX_GAP_S, SPREAD * device.interval_s / device.echo)
        pending = self._matching.begin(target.host, Round(int(patience_s * 1e9)))
        try:
            for number in range(device.echo):
                if number:
                    await asyncio.sleep(gap_s)
                if wait := self._bucket.take(time.monotonic()):
                    await asyncio.sleep(wait)
                self._send(target, pending)
            await self._answers(pending, patience_s)
        finally:
            self._matching.end(pending)
        self._put(
            Batch(
                kind="ping",
                device=device.id,
                time=stamp.time,
                mono=stamp.mono,
                synced=stamp.synced,
                assignment=target.assignment,
                tables=[pending.round.table()],
            )
        )

    def _send(self, target: _Target, pending: Pending) -> None:
        number = self._matching.free_number()
        if number is None:
            self._link.counts.unsent += 1
            return
        at = self._link.send(target.family, target.host, number, self._matching.mark, pending.token)
        if at is not None:
            self._matching.sent(pending, number, at)

    async def _answers(self, pending: Pending, patience_s: float) -> None:
        """Return when nothing more can come in time."""
        if not pending.round.waiting:
            return
        waiter = self._waiters[pending] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(patience_s):
                await waiter
        except TimeoutError:
            self._link.read()  # we may be late, and what came in time lies there
        finally:
            del self._waiters[pending]

    def _on_reply(self, echo: Echo, source: str, now_ns: int, waited_ns: int) -> None:
        verdict, pending = self._matching.reply(echo, source, now_ns, waited_ns)
        match verdict:
            case "taken":
                self.counts.replies += 1
            case "duplicate":
                self.counts.duplicate += 1
            case "late":
                self.counts.late += 1
            case "foreign":
                self.counts.foreign += 1
        self._settle(pending)

    def _on_error(self, echo: Echo, destination: str) -> bool:
        pending = self._matching.error(echo, destination)
        self._settle(pending)
        return pending is not None

    def _settle(self, pending: Pending | None) -> None:
        waiter = self._waiters.get(pending) if pending is not None and not pending.round.waiting else None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


def _beat(device: str) -> str:
    return f"echo {device}"  # another phase than that of its polls
