"""Where the running demo is, so that a command in another terminal finds it: a link to its folder, of a name that the
user's id makes. A link or a folder of somebody else is not followed."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

CONTROL, TRUTH = "simulator.sock", "truth.jsonl"  # the simulator's files in the demo's folder


class NoDemoError(Exception):
    """There is no demo of ours; the text says what to do."""


def link() -> Path:
    """Return where the link is: in XDG_RUNTIME_DIR, or else among the temporary files."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return Path(runtime) / "mangrove-demo" if runtime else Path(tempfile.gettempdir()) / f"mangrove-demo-{os.getuid()}"


@contextlib.contextmanager
def named(folder: Path) -> Iterator[Path]:
    """Yield a short name of the folder: the link, in place of one of ours that was there; the folder itself where the
    link cannot be made."""
    short = link()
    new = short.with_name(f"{short.name}.{os.getpid()}")
    try:
        new.symlink_to(folder)
        new.replace(short)  # what is somebody else's cannot be replaced in a folder such as /tmp
    except OSError:
        new.unlink(missing_ok=True)
        yield folder
        return
    try:
        yield short
    finally:
        with contextlib.suppress(OSError):
            if short.readlink() == folder:  # no later demo has taken it
                short.unlink()


def running() -> Path:
    """Return the folder of the newest running demo of this user.

    Raises:
        NoDemoError: there is none, or it is not ours.
    """
    short = link()
    try:
        owners = {short.lstat().st_uid, short.stat().st_uid}
        folder = short.readlink()
    except OSError as error:
        raise NoDemoError(f"no demo is running ({short}: {error.strerror}): start one with `mangrove demo`") from None
    if owners != {os.getuid()}:
        raise NoDemoError(f"{short} is not ours: it is not followed")
    return folder
