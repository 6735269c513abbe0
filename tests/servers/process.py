"""One server process: started until ready, killed, paused, started again, and never left behind."""

import functools
import os
import shutil
import signal
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from servers.find import Program

READY_WITHIN = 30.0
STOPPED_WITHIN = 10.0
_POLL = 0.02


class ServerError(Exception):
    """A server did not start, or ended by itself; the message carries the end of its log."""


@functools.cache
def _starter() -> ThreadPoolExecutor:
    # Linux sends the parent-death signal when the *thread* that forked ends, so one that lives as long as we do forks.
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="server-starter")


class Server(ABC):
    """A process in a group of its own that dies with us. Use it as a context manager, or end with `kill()`.

    A subclass writes its configuration in `__init__` and answers `is_ready()`.
    """

    def __init__(self, program: Program, arguments: Sequence[str], directory: Path, environment: Mapping[str, str]):
        self.directory = directory
        self.log_path = directory / "server.log"
        self._command = [str(program.path), *arguments]
        self._environment = {**os.environ, **program.environment, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the server answers now; must return within about a second."""

    @property
    def pid(self) -> int:
        """Raises ServerError when the server does not run."""
        return self._running().pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def is_stopped(self) -> bool:
        """Whether it runs and its clock is stopped; see proc(5), `stat`."""
        if not self.is_running:
            return False
        stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8", errors="replace")
        return stat.rpartition(")")[2].split()[0] == "T"

    def log(self) -> str:
        """All that the server has printed, over all its starts."""
        return self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""

    def start(self) -> None:
        """Start on the same ports and data as before, and return when it answers. Raises ServerError."""
        self.launch()
        deadline = time.monotonic() + READY_WITHIN
        never = threading.Event()
        while not self.is_ready():
            if not self.is_running:
                raise ServerError(f"{self._command[0]} ended with {self.ended(0)}:\n{self.log()[-4000:]}")
            if time.monotonic() > deadline:
                self.kill()
                raise ServerError(f"{self._command[0]} gave no answer in {READY_WITHIN} s:\n{self.log()[-4000:]}")
            never.wait(_POLL)
        self._running()

    def launch(self, environment: Mapping[str, str] | None = None) -> None:
        """Start and do not wait; `environment` adds to that of this start only. Raises ServerError."""
        if self.is_running:
            raise ServerError(f"{self._command[0]} runs already")
        self._process = _starter().submit(self._spawn, environment or {}).result()

    def ended(self, within: float) -> int:
        """Wait until it has ended by itself, and return how, as `Popen.returncode`. Raises ServerError."""
        assert self._process is not None, "it was never started"
        try:
            return self._process.wait(within)
        except subprocess.TimeoutExpired:
            raise ServerError(f"{self._command[0]} still runs after {within} s:\n{self.log()[-4000:]}") from None

    def kill(self) -> None:
        """End it at once, without warning (SIGKILL). Does nothing when it does not run."""
        self._end(signal.SIGKILL, STOPPED_WITHIN)

    def stop(self) -> None:
        """Ask it to end (SIGTERM), and kill it if it does not within `STOPPED_WITHIN` seconds."""
        self.resume()
        try:
            self._end(signal.SIGTERM, STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()

    def pause(self) -> None:
        """Stop its clock: connections stay, nothing is answered (SIGSTOP)."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Undo `pause()`. Does nothing when it does not run."""
        if self.is_running:
            os.killpg(self.pid, signal.SIGCONT)

    def _spawn(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        # setpriv of util-linux asks the kernel to kill the server when we die, however we die, and becomes the server.
        guard = [shutil.which("setpriv") or "/usr/bin/setpriv", "--pdeathsig", "KILL"]
        with self.log_path.open("ab") as log:
            return subprocess.Popen(
                [*guard, *self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env={**self._environment, **environment},
                start_new_session=True,
            )

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            raise ServerError(f"{self._command[0]} does not run:\n{self.log()[-4000:]}")
        return self._process

    def _end(self, number: signal.Signals, within: float) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)
            self._process.wait(within)

    def __enter__(self) -> Self:
        if not self.is_running:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
