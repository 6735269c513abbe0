"""Small files that survive a power cut: written beside, fsynced, renamed, the folder fsynced. Both ends promise it."""

import errno
import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable.

    Raises:
        OSError: it cannot be.
    """
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def replace(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that after a power cut the old or the new content is there, whole.

    Raises:
        OSError: the disk is full or failing; the old content is still there.
    """
    beside = path.with_name(path.name + ".new")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def is_full(error: OSError) -> bool:
    """Whether an error is for want of room, so that giving something up helps."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
