"""Notifications, from the datagram to their batch. Each datagram is understood, refused, let go, or, as a question of
version 3, answered with a report; it is counted so, once.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from pydantic import ValidationError

from agents.host_clock import HostClock, Stamp
from agents.snmp.names import Version
from agents.snmp.usm.message import Message
from agents.traps.config import TrapsConfig
from agents.traps.counts import TrapCounts
from agents.traps.engines import Engines
from agents.traps.gate import look
from agents.traps.guard import REPORT_S, Guard
from agents.traps.heard import Heard, Inform
from agents.traps.identity import TrapEngine
from agents.traps.informs import Informs
from agents.traps.keyring import Keyring
from agents.traps.notice import Notice, read_notice, response
from agents.traps.plan import TrapPlan, plain
from agents.traps.port import Address, Port
from agents.traps.receiver import TICK_S, Receiver, ReportedError, UnreadableError
from agents.traps.refused import Reason, RefusedError
from agents.traps.understand import VersionName, storm, understand
from contract.batch import Batch
from contract.printable import printable

log = logging.getLogger(__name__)

MAX_WAITING: Final = 2_000
MAX_BYTES: Final = 8 << 20
_NAMES: Final[dict[Version, VersionName]] = {Version.V1: "v1", Version.V2C: "v2c", Version.V3: "v3"}

PutDurably = Callable[[Batch], "asyncio.Future[None]"]


class _Datagram(NamedTuple):
    data: bytes
    address: Address
    source: str
    stamp: Stamp


class Hearing:
    """Lives on the event loop."""

    def __init__(
        self,
        config: TrapsConfig,
        keys: Keyring,
        engine: TrapEngine,
        *,
        put: Callable[[Batch], None],
        put_durably: PutDurably,
        hint: Callable[[str], None],
        clock: HostClock,
        counts: TrapCounts,
    ) -> None:
        """`put` and `put_durably` take batches; `hint` is told which device to read at once.

        Raises:
            PortError: the address cannot be listened on.
        """
        self._put, self._put_durably, self._hint, self._clock = put, put_durably, hint, clock
        self._keys = keys
        self._proxies = frozenset(map(plain, config.proxies))
        own = bytes.fromhex(engine.id)
        self._engines = Engines(keys.users, own)
        self.guard = Guard(config.per_s, config.burst)
        self.port = Port(*config.address, self._on_datagram)
        self._receiver = Receiver(own, engine.boots, self.port.send)
        for user in keys.users.values():
            self._receiver.learn(user)
        self.informs = Informs(counts.informs)
        self.counts = counts
        self.plan = TrapPlan()
        self._waiting: deque[_Datagram] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._said: dict[tuple[str, Reason], str] = {}
        self._stormy: set[str] = set()

    @property
    def engines(self) -> int:
        """How many engines of version 3 are known."""
        return len(self._engines)

    async def read(self) -> None:
        """Read what is heard, one datagram at a time, for ever."""
        while True:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
            self.step()
            await asyncio.sleep(0)  # polls go on meanwhile

    async def report(self) -> None:
        """Say once a minute what was refused and let go, for ever."""
        while True:
            for _ in range(int(REPORT_S / TICK_S)):
                await asyncio.sleep(TICK_S)
                self.tick()
            self.report_now()

    def tick(self) -> None:
        """Let pysnmp forget what is old. Never raises."""
        try:
            self._receiver.tick(time.monotonic())
        except Exception:
            self.counts.bugs += 1
            log.exception("a bug: what pysnmp remembers is kept for longer")

    def report_now(self) -> None:
        """Say what was refused and let go since the last time."""
        said, self._said = self._said, {}
        for (source, reason), text in said.items():
            log.warning("notifications of %s were refused (%s): %s", source, reason, text)
        stormy: set[str] = set()
        for source, count in self.guard.let_go(time.monotonic()).items():
            log.warning("%s sent more notifications than `traps.per_s` allows: %d were let go", source, count)
            if device := self.plan.devices.get(source):
                stormy.add(device)
                self._put_storm(device, count)
        for device in self._stormy - stormy:
            self._put_storm(device, 0)
        self._stormy = stormy

    def stop(self) -> None:
        """Hear nothing more, and read what is heard already."""
        self.port.hush()
        while self._waiting:
            self.step()

    def close(self) -> None:
        """Answer nothing more."""
        self.port.close()

    def step(self) -> None:
        """Read one datagram. Never raises."""
        one = self._waiting.popleft()
        self._bytes -= len(one.data)
        try:
            self._take(one)
        except RefusedError as error:
            self._refuse(error, one.source)
        except ReportedError:
            self.counts.reported += 1
        except (UnreadableError, ValidationError) as error:
            self._refuse(RefusedError("undecodable", str(error).splitlines()[0]), one.source)
        except Exception:
            self.counts.bugs += 1
            log.exception("a bug: a notification of %s was passed over", one.source)

    def _on_datagram(self, data: bytes, address: Address) -> None:
        self.counts.datagrams += 1
        source = plain(str(address[0]))
        if source not in self.plan.devices and source not in self._proxies:
            self._refuse(RefusedError("unknown_device", "no device of the assignment has its address"), "others")
        elif len(self._waiting) >= MAX_WAITING or self._bytes >= MAX_BYTES:
            self._refuse(RefusedError("busy", "more came than this host can read"), source)
        elif self.guard.admit(source, time.monotonic(), len(data)):
            self._waiting.append(_Datagram(data, address, source, self._clock.now()))
            self._bytes += len(data)
            self._wake.set()

    def _take(self, one: _Datagram) -> None:
        seen = look(one.data)
        if seen.message is not None:
            self._take_v3(one, seen.message, is_discovery=seen.is_discovery)
            return
        self._keys.check(seen.version, seen.community)
        notice = read_notice(seen.version, one.data, seen.at, seen.end)
        inform: Inform | None = None
        if notice.is_inform:
            answer = response(one.data, notice, seen.end)
            inform = Inform(lambda: self.port.send(answer, one.address), lambda: None)
        self._hear(one, seen.version, notice, inform)

    def _take_v3(self, one: _Datagram, message: Message, *, is_discovery: bool) -> None:
        if is_discovery:
            self._receiver.receive(one.data, one.address).forget()
            raise RefusedError("level", "a message that asks for nothing and proves nothing")
        scoped, is_ours = self._engines.admit(message, one.stamp.mono / 1000)
        # Our clock is told first to whoever does not have it: such a message need say nothing (RFC 3414 section 4).
        inform = self._guarded(self._receiver.receive(one.data, one.address)) if is_ours else None
        try:
            notice = read_notice(Version.V3, scoped.data, scoped.at, scoped.end)
        except RefusedError:
            if inform:
                inform.forget()
            raise
        if notice.is_inform and not inform:
            raise RefusedError("no_notification", "an inform that is addressed to another engine than ours")
        self._hear(one, Version.V3, notice, inform)

    def _hear(self, one: _Datagram, version: Version, notice: Notice, inform: Inform | None) -> None:
        if inform is None:
            self._put(batch := self._batch(one, notice.heard, version))
            self.counts.heard(batch)
            return
        now = one.stamp.mono / 1000
        key = one.source, notice.request_id, notice.heard
        if self.informs.is_known(key, inform, now):
            return
        try:
            if self.informs.full:
                raise RefusedError("busy", "too many informs wait for the disk")  # noqa: TRY301
            durable = self._put_durably(batch := self._batch(one, notice.heard, version, inform=True))
        except Exception:
            inform.forget()
            raise
        self.informs.wait(key, inform, durable, now)
        self.counts.heard(batch)

    def _batch(self, one: _Datagram, heard: Heard, version: Version, *, inform: bool = False) -> Batch:
        origin = heard.address if heard.address and one.source in self._proxies else one.source
        device = self.plan.device(origin)
        batch, poll = understand(self.plan, device, heard, one.stamp, _NAMES[version], inform=inform)
        if poll:
            self._hint(device)
        return batch

    def _guarded(self, inform: Inform) -> Inform:
        """What pysnmp raises meanwhile ends nothing."""

        def tried(act: Callable[[], None]) -> None:
            try:
                act()
            except UnreadableError:
                self.counts.bugs += 1
                log.exception("an inform could be neither answered nor forgotten; its sender asks again")

        return Inform(lambda: tried(inform.answer), lambda: tried(inform.forget))

    def _put_storm(self, device: str, count: int) -> None:
        if batch := storm(self.plan, device, self._clock.now(), count):
            self._put(batch)

    def _refuse(self, error: RefusedError, source: str) -> None:
        self.counts.refused[error.reason] += 1
        if len(self._said) < 20:
            self._said.setdefault((source, error.reason), printable(str(error)))
