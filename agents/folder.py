"""A spool's folder: made so that it survives a power cut, had by one process at a time, and bounded."""

import errno
import fcntl
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path

from contract import durable
from contract.messages import boot_text

log = logging.getLogger(__name__)

BLOCK = 4096  # what even the smallest file takes of a disk
_BOOT = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, and seconds after which a segment is closed."""

    budget: int = 256 << 20
    alarms: int = 32 << 20  # the budget of what devices have told, beside that of all the rest
    segment: int = 4 << 20
    free: int = 64 << 20
    age_s: float = 15.0
    archive: Path | None = None  # where freed segments are kept, for audits


def make(folder: Path) -> None:
    """Make the folder and those above it, unless they are there; durable on return.

    Raises:
        OSError: it cannot be made.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        durable.sync_folder(each.parent)


def lock(folder: Path) -> int:
    """Take the folder for this process; return what to close in order to give it back.

    Raises:
        BlockingIOError: another process has it.
        OSError: there can be no lock.
    """
    guard = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(guard)
        raise
    return guard


def refuse_pipe(path: Path) -> None:
    """Raise OSError when there is something at `path` that is no file: to open a pipe would wait for ever."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "this is no file", str(path))


def free_bytes(folder: Path) -> int:
    """Return what the folder's disk has left for us.

    Raises:
        OSError: it does not say.
    """
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def take_over(folder: Path, boot: int) -> int | None:
    """Note that the folder is now of `boot`; return whose it was before, if that can be read."""
    path = folder / "boot"
    before = ""
    try:
        refuse_pipe(path)
        before = path.read_text("ascii", errors="replace").strip()
    except FileNotFoundError:
        pass
    except OSError as error:
        log.warning("%s cannot be read: %s", path, error)
    try:
        durable.replace(path, boot_text(boot).encode())
    except OSError as error:
        log.warning("%s cannot be written: %s; the ledger may show batches as spooled twice", path, error)
    return int(before, 16) if _BOOT.fullmatch(before) else None
