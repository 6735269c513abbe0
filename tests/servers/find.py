"""Where the servers' programs are: on PATH, else in `.servers/root`, which `make servers` fills."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2] / ".servers" / "root"
_SYSTEM = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


class MissingServerError(Exception):
    """A server's program is not on this machine; the message says how to get it."""


@dataclass(frozen=True)
class Program:
    """An executable file, and the environment that it needs on top of ours."""

    path: Path
    environment: dict[str, str]


def find(name: str, *, root: Path = _ROOT, system: str = _SYSTEM) -> Program:
    """The program of that name; the system's own comes first. Raises MissingServerError."""
    if installed := shutil.which(name, path=system):
        return Program(Path(installed), {})
    for folder in ("usr/sbin", "usr/bin"):
        path = root / folder / name
        if os.access(path, os.X_OK):
            libraries = [str(p) for p in sorted(root.glob("usr/lib/*-linux-gnu*")) if p.is_dir()]
            return Program(path, {"LD_LIBRARY_PATH": os.pathsep.join(libraries)})
    raise MissingServerError(f"{name} is not on this machine: run `make servers` (or put it on PATH)")
