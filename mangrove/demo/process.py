"""The demo's processes: started in a session of their own, so that Ctrl-C reaches only us, and ended in any case."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

END_S = 1.2


def mangrove(*arguments: str) -> list[str]:
    """Return the command line of one of our own commands."""
    return [sys.executable, "-m", "mangrove", *arguments]


@contextmanager
def started(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program with its output in `log`; SIGTERM at the end, SIGKILL when that does not help."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)
    try:
        yield process
    finally:
        end([process])


def end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End programs together, within END_S."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + END_S
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
