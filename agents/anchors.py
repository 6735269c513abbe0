"""The anchors of this host: for each of its starts one moment at which its clock was known to be right, on disk.

A batch that was stamped before that moment has its true time by it. So an anchor is chosen once, is durable before
anybody is told of it, and never changes: the same batch has the same time for ever. Processes of one start of the host
share it, also those that ended before the clock was right.
"""

import logging
from collections.abc import Collection
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from agents.host_clock import HostClock
from agents.segment import Name, boot_of_alarms
from contract import durable
from contract.messages import Anchor, Boot, boot_text

log = logging.getLogger(__name__)

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NEW_OFFSET_MS = 1_000


class _Host(BaseModel):
    """One start of the host; `offset` is the newest right difference between time and `mono`, ms."""

    model_config = ConfigDict(frozen=True)

    anchor: Anchor | None = None
    offset: int | None = None


class _File(BaseModel):
    """`boots` says in which start of the host a process ran."""

    model_config = ConfigDict(frozen=True)

    hosts: dict[str, _Host] = {}
    boots: dict[Boot, str] = {}


class Anchors:
    """The file `clock.json` of a spool. Not thread-safe; the disk may make it wait."""

    def __init__(self, folder: Path, boot: str, spooled: Collection[str], clock: HostClock, host: str = "") -> None:
        """Note that the process `boot` runs in this start of the host; of those before it only the ones of `spooled`
        are remembered. `host` names the start; the kernel says it when not given."""
        self._path, self._clock = folder / "clock.json", clock
        self._host = host or _boot_id(boot)
        before = _read(self._path)
        own = (boot, boot_text(boot_of_alarms(int(boot, 16))))
        boots = {name: at for name, at in before.boots.items() if name in spooled} | dict.fromkeys(own, self._host)
        needed = set(boots.values())
        hosts = {name: known for name, known in before.hosts.items() if name in needed}
        self._file = _File(hosts={self._host: _Host()} | hosts, boots=boots)
        self._is_written = self._write(self._file)
        offset = self._file.hosts[self._host].offset
        if offset is not None:
            clock.recall(offset)

    def update(self) -> bool:
        """Choose the anchor once the clock is right, and remember how it goes on. True when it has just been chosen. A
        disk that does not take it now is asked again the next time."""
        self._clock.now()
        here, right = self._file.hosts[self._host], self._clock.vouched
        if right is not None:
            offset = right.time - right.mono
            if here.offset is None or abs(offset - here.offset) >= NEW_OFFSET_MS:
                here = _Host(anchor=here.anchor or (right.mono, right.time), offset=offset)
        if self._is_written and here == self._file.hosts[self._host]:
            return False
        new = self._file.model_copy(update={"hosts": {**self._file.hosts, self._host: here}})
        if not self._write(new):
            return False
        chosen = here.anchor != self._file.hosts[self._host].anchor
        if chosen:
            log.warning("the clock of this host is synchronised: what was stamped before it was is put right")
        self._file, self._is_written = new, True
        return chosen

    def of(self, boot: str) -> Anchor | None:
        """Return the anchor of a process of this agent; None: its clock was never right, or not yet."""
        host = self._file.hosts.get(self._file.boots.get(boot, ""))
        return host.anchor if host else None

    def is_here(self, boot: str) -> bool:
        """Whether a process ran in the present start of the host."""
        return self._file.boots.get(boot) == self._host

    def _write(self, file: _File) -> bool:
        try:
            durable.replace(self._path, file.model_dump_json().encode())
        except OSError as error:
            log.warning("%s cannot be written: %s; it is tried again", self._path, error)
            return False
        return True


def known(folder: Path) -> Anchor | None:
    """Return the anchor of the present start of this host, of the spool that is there."""
    host = _read(folder / "clock.json").hosts.get(_boot_id(""))
    return host.anchor if host else None


def without(folder: Path) -> set[str]:
    """Return the processes with batches in a spool that have no anchor."""
    file = _read(folder / "clock.json")
    anchored = {boot for boot, host in file.boots.items() if file.hosts.get(host, _Host()).anchor}
    names = (Name.parse(path.name) for path in folder.glob("*.seg"))
    made = {boot_of_alarms(name.boot) if name.alarms else name.boot for name in names if name}
    return set(map(boot_text, made)) - anchored


def _read(path: Path) -> _File:
    try:
        return _File.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return _File()
    except (OSError, ValidationError) as error:
        why = str(error).splitlines()[0]
        log.error("%s cannot be read (%s): what was stamped by a wrong clock before may stay held", path, why)
        return _File()


def _boot_id(otherwise: str) -> str:
    try:
        return BOOT_ID.read_text("ascii").strip() or otherwise
    except (OSError, ValueError):
        return otherwise  # each process is then taken for a start of its own
