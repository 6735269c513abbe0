"""The truth of a run as a file: a line about the run, then a line of JSON for each change, as it comes to pass.

All lines but the first are the same for the same province and seed, whatever the speed. Only who judges the product
reads it: the product itself never does.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from simulator.model.change import Change


@dataclass(frozen=True, slots=True)
class Run:
    """`began`: seconds since 1970 by the wall clock, when it was `start` in the province, whose time goes `speed` times
    as fast."""

    began: float
    start: float
    speed: float
    seed: int

    def wall(self, time: float) -> float:
        """Return when something came to pass, by the wall clock."""
        return self.began + (time - self.start) / self.speed


class TruthError(Exception):
    """A file that is no truth; the text says where."""


class Truth:
    """Writes; each line is flushed, so that who reads it while the province lives has all of it."""

    def __init__(self, file: TextIO, run: Run) -> None:
        self._file = file
        print(json.dumps(asdict(run)), file=file, flush=True)

    def note(self, changes: Iterable[Change]) -> None:
        """Append changes."""
        lines = [json.dumps(asdict(change), ensure_ascii=False) for change in changes]
        if lines:
            print("\n".join(lines), file=self._file, flush=True)


def read(path: Path) -> tuple[Run, list[Change]]:
    """Read a file; a last line that is not whole yet is left out.

    Raises:
        TruthError: it is no truth.
        OSError: it cannot be read.
    """
    whole = path.read_bytes()
    try:
        lines = whole[: whole.rfind(b"\n") + 1].decode().splitlines()
        run = Run(**json.loads(lines[0])) if lines else None
    except (ValueError, TypeError) as error:
        raise TruthError(f"{path}:1: is no head of a truth: {error}") from None
    if run is None:
        raise TruthError(f"{path} is empty: a simulator that runs with --truth writes it")
    changes = []
    for number, line in enumerate(lines[1:], 2):
        try:
            said = json.loads(line)
            changes.append(Change(**said | {"down": tuple(said["down"]), "up": tuple(said["up"])}))
        except (ValueError, TypeError, KeyError) as error:
            raise TruthError(f"{path}:{number}: is no change: {error}") from None
    return run, changes
