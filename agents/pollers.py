"""The polls of an assignment, each on its beat; a new one is applied by difference, so that the rest keeps its beat."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial

from agents.beats import BeatCounts, Beats
from agents.config import Credential, CredentialSecrets
from agents.credentials import security
from agents.hints import HintCounts, Hints
from agents.host_clock import HostClock
from agents.memory import settle
from agents.poller import PollCounts, Target, poll, profiles_of, target
from agents.shared import Shared
from agents.snmp.transport import Transport
from contract.batch import Batch
from contract.config_file import ConfigError
from contract.messages import AssignedDevice, Assignment
from contract.profile import Profile
from contract.profiles import parse_profiles

log = logging.getLogger(__name__)


class Pollers:
    """Lives on the event loop."""

    def __init__(
        self,
        credentials: Mapping[str, Credential],
        secrets: Mapping[str, CredentialSecrets],
        transport: Transport,
        put: Callable[[Batch], None],
        clock: HostClock,
        on_start: Callable[[str, float, float], None] | None = None,
    ) -> None:
        """`on_start` is told each poll's device, when it was due and when it starts, in monotonic seconds."""
        self._credentials, self._secrets = credentials, secrets
        self._transport, self._put, self._clock = transport, put, clock
        self._targets: dict[str, Target] = {}
        self._shared = Shared()
        self._beats = Beats(on_start)
        self._hints = Hints()
        self._applied = asyncio.Event()
        self.counts = PollCounts()
        self.not_polled = 0
        """How many devices of the assignment lack a profile, a credential or a limit that is right."""

    @property
    def beats(self) -> BeatCounts:
        """How the beats were kept."""
        return self._beats.counts

    @property
    def hints(self) -> HintCounts:
        """What became of hints."""
        return self._hints.counts

    def __len__(self) -> int:
        return len(self._targets)

    def hint(self, device: str) -> None:
        """Read a device soon, since something was heard of it: at once, unless that was done just now."""
        if device in self._targets and (at := self._hints.when(device, time.monotonic())) is not None:
            self._beats.also(device, at)

    async def run(self) -> None:
        """Poll on the beats of all devices, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beats.run())
            group.create_task(settle(self._applied))

    def apply(self, assignment: Assignment) -> bool:
        """Poll what the assignment says. False, with a line in the log, when a profile of it cannot be read: then the
        polls stay as they were."""
        try:
            profiles = parse_profiles(assignment.profiles)
        except ConfigError as error:
            log.error("assignment %s was ignored: %s", assignment.id, error)
            return False
        wanted = {device.id: device for device in assignment.devices}
        for name in self._targets.keys() - wanted.keys():
            self._end(name)
        for device in wanted.values():
            self._apply(device, profiles, assignment.id)
        self._applied.set()
        self.not_polled = len(wanted) - len(self._targets)
        log.info("assignment %s: %d devices", assignment.id, len(self._targets))
        return True

    def _apply(self, device: AssignedDevice, profiles: Mapping[str, Profile], assignment: str) -> None:
        present = self._targets.get(device.id)
        if missing := [name for name in device.profiles if name not in profiles]:
            log.error("%s is not polled: its assignment has no profile %s", device.id, ", ".join(missing))
        elif device.credential not in self._credentials:
            log.error("%s is not polled: this agent's file has no credential %s", device.id, device.credential)
        elif present and present.device == device and present.profiles == profiles_of(device, profiles):
            present.assignment = assignment
            return
        else:
            self._start(device, profiles, assignment)
            return
        self._end(device.id)

    def _start(self, device: AssignedDevice, profiles: Mapping[str, Profile], assignment: str) -> None:
        name = device.credential
        try:
            asking = security(self._credentials[name], self._secrets[name], device.id)
            made = target(device, profiles, assignment, self._transport, asking, self._shared)
        except ValueError as error:
            self._end(device.id)
            log.error("%s is not polled: %s", device.id, error)
            return
        self._targets[device.id] = made
        self._beats.set(device.id, device.interval_s, partial(self._poll, made))

    async def _poll(self, polled: Target) -> None:
        batch = await poll(polled, self._clock)
        if batch.poll is not None:
            self.counts.by_outcome[batch.poll.outcome] += 1
        self._put(batch)

    def _end(self, name: str) -> None:
        self._targets.pop(name, None)
        self._beats.end(name)

    def stop(self) -> None:
        """End all polls."""
        for name in list(self._targets):
            self._end(name)
