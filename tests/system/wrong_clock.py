"""`mangrove agent` on a host whose clock is wrong: a file says how far it is ahead, and what the kernel says of it.

As a program it is that agent; what the file says is so at once, as if somebody had set the clock.
"""

import asyncio
import sys
import time
from pathlib import Path

from system.parts import AgentProcess

from agents.app import main
from agents.config import load_agent_config
from agents.host_clock import HostClock

_real_ns = time.time_ns


class WrongClock:
    """The file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def set(self, ahead_ms: int, *, synced: bool) -> None:
        """Set the clock, so far ahead of the true time."""
        beside = self._path.with_suffix(".new")
        beside.write_text(f"{ahead_ms} {int(synced)}")
        beside.rename(self._path)

    def time_ns(self) -> int:
        """Return what `time.time_ns` says on that host."""
        return _real_ns() + int(self._path.read_text().split()[0]) * 1_000_000

    def time(self) -> float:
        """Return what `time.time` says on that host."""
        return self.time_ns() / 1e9

    def is_synchronised(self) -> bool:
        """Return what the kernel says."""
        return self._path.read_text().split()[1] == "1"


class WrongClockAgent(AgentProcess):
    """The agent as a process; its clock is in 1970 until it is set."""

    def __init__(self, directory: Path, config: dict[str, object]) -> None:
        super().__init__(directory, config)
        path = directory / "clock"
        self.clock = WrongClock(path)
        self.clock.set(-time.time_ns() // 1_000_000, synced=False)
        self._command[1:] = [str(Path(__file__)), str(path), str(self.config_path)]
        self._environment["PYTHONPATH"] += f":{Path(__file__).parents[1]}"


if __name__ == "__main__":
    clock = WrongClock(Path(sys.argv[1]))
    time.time_ns, time.time = clock.time_ns, clock.time
    loaded, secrets = load_agent_config(Path(sys.argv[2]))
    asyncio.run(main(loaded, secrets, None, HostClock(is_synchronised=clock.is_synchronised)))
