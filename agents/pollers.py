"""The polls of an assignment as tasks; a new assignment is applied by difference, so that the rest keeps its beat."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from agents.config import Credential, CredentialSecrets
from agents.credentials import security
from agents.poller import PollCounts, Target, keep_polling, target
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
    ) -> None:
        self._credentials, self._secrets = credentials, secrets
        self._transport, self._put = transport, put
        self._tasks: dict[str, tuple[Target, asyncio.Task[None]]] = {}
        self.counts = PollCounts()

    def __len__(self) -> int:
        return len(self._tasks)

    def apply(self, assignment: Assignment) -> bool:
        """Poll what the assignment says. False, with a line in the log, when a profile of it cannot be read: then the
        polls stay as they were."""
        try:
            profiles = parse_profiles(assignment.profiles)
        except ConfigError as error:
            log.error("assignment %s was ignored: %s", assignment.id, error)
            return False
        wanted = {device.id: device for device in assignment.devices}
        for name in self._tasks.keys() - wanted.keys():
            self._tasks.pop(name)[1].cancel()
        for device in wanted.values():
            self._apply(device, profiles, assignment.id)
        log.info("assignment %s: %d devices", assignment.id, len(self._tasks))
        return True

    def _apply(self, device: AssignedDevice, profiles: Mapping[str, Profile], assignment: str) -> None:
        present = self._tasks.get(device.id)
        if missing := [name for name in device.profiles if name not in profiles]:
            log.error("%s is not polled: its assignment has no profile %s", device.id, ", ".join(missing))
        elif device.credential not in self._credentials:
            log.error("%s is not polled: this agent's file has no credential %s", device.id, device.credential)
        elif present and present[0].device == device and present[0].profiles == [profiles[n] for n in device.profiles]:
            present[0].assignment = assignment
            return
        else:
            if present:
                present[1].cancel()
            self._start(device, profiles, assignment)
            return
        if present:
            self._tasks.pop(device.id)[1].cancel()

    def _start(self, device: AssignedDevice, profiles: Mapping[str, Profile], assignment: str) -> None:
        name = device.credential
        try:
            asking = security(self._credentials[name], self._secrets[name], device.id)
            made = target(device, profiles, assignment, self._transport, asking)
        except ValueError as error:
            self._tasks.pop(device.id, None)
            log.error("%s is not polled: %s", device.id, error)
            return
        task = asyncio.create_task(keep_polling(made, self.counts, self._put), name=f"poll {device.id}")
        task.add_done_callback(_report)
        self._tasks[device.id] = made, task

    def stop(self) -> None:
        """End all polls."""
        for _, task in self._tasks.values():
            task.cancel()
        self._tasks.clear()


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.critical("a bug has ended %s; other devices go on", task.get_name(), exc_info=error)
