"""What processes use of this machine, as /proc tells it (proc(5))."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")  # in a second
_UTIME, _STIME, _START = 11, 12, 19  # fields of /proc/PID/stat after the name, which may have spaces


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process in MiB; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmRSS:")), "VmRSS: 0 kB")
    return int(line.split()[1]) / 1024


def cpu_s(pids: Iterable[int]) -> float:
    """Return the CPU-seconds, user and system, that these processes have used; one that has ended has none."""
    return sum(_cpu_s(pid) for pid in pids)


def began() -> float:
    """Return when this process was started, by the monotonic clock."""
    running_s = time.clock_gettime(time.CLOCK_BOOTTIME) - int(_stat("self")[_START]) / _TICKS
    return time.monotonic() - running_s


def _stat(pid: int | str) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _cpu_s(pid: int) -> float:
    try:
        fields = _stat(pid)
    except OSError:
        return 0.0
    return (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS
