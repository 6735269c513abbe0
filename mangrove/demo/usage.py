"""What processes use of this machine, as /proc tells it (proc(5))."""

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")  # in a second
_UTIME, _STIME = 11, 12  # fields of /proc/PID/stat after the name, which may have spaces


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


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS
