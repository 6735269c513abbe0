"""What an agent had to give up, by boot and number, kept on disk: reported and fsynced before the data go."""

import logging
import os
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from agents.folder import refuse_pipe
from contract import durable
from contract.intervals import IntervalSet
from contract.messages import Boot, Range, boot_text

log = logging.getLogger(__name__)

KEEP_BOOTS = 500  # not days: a clock that becomes right after 1970 would make all of them old
RESERVE = 256 * 1024


class _Entry(BaseModel):
    """One boot in the file; `time` is that of its last report."""

    time: int
    ranges: list[Range]


_FILE = TypeAdapter(dict[Boot, _Entry])


class Losses:
    """The file `dropped.json` of a spool and the reserve that lets it be written on a full disk."""

    def __init__(self, folder: Path, now_ms: int) -> None:
        """Read what earlier processes reported; of the boots only the last KEEP_BOOTS are remembered.

        Raises:
            OSError: the file can neither be read nor moved aside.
        """
        self._path, self._reserve = folder / "dropped.json", folder / "reserve"
        self._times: dict[int, int] = {}
        self._unsaved = False
        self.unreadable = 0  # segments that a start has left as they are
        self.dropped: dict[int, IntervalSet] = {}
        try:
            refuse_pipe(self._path)
            entries = _FILE.validate_json(self._path.read_bytes())
            last = list(entries.items())[-KEEP_BOOTS:]
            self.dropped = {int(boot, 16): IntervalSet(entry.ranges) for boot, entry in last}
            self._times = {int(boot, 16): entry.time for boot, entry in last}
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            aside = self._path.with_name(f"dropped.json.damaged-{now_ms}")
            self._path.rename(aside)
            why = str(error).splitlines()[0]
            log.error("%s is damaged (%s): moved to %s, its ranges are no longer reported", self._path, why, aside)
        self.earlier = sum(map(len, self.dropped.values()))
        self.refill()

    def refill(self) -> None:
        """Take the reserve's room again, if the disk has it."""
        try:
            if not self._reserve.exists():
                durable.replace(
                    self._reserve, os.urandom(RESERVE)
                )  # zeros would take no room where files are compressed
        except OSError as error:
            log.warning("the reserve %s cannot be written now: %s", self._reserve, error)

    def report(self, boot: int, numbers: IntervalSet, now_ms: int) -> None:
        """Note that `numbers` are dropped; durable on return.

        Raises:
            OSError: not even the reserve's room was enough; then nothing is noted.
        """
        before, time = self.dropped.get(boot, IntervalSet()), self._times.get(boot, now_ms)
        unsaved = self._unsaved
        self.note(boot, numbers, now_ms)
        try:
            self.save()
        except OSError:
            self.dropped[boot], self._times[boot], self._unsaved = before, time, unsaved
            raise

    def note(self, boot: int, numbers: IntervalSet, now_ms: int) -> None:
        """Note that `numbers` are dropped, in memory until `save`: what shows that they are must stay till then."""
        new = self.dropped.get(boot, IntervalSet()) | numbers
        if new != self.dropped.get(boot):
            self.dropped[boot], self._times[boot], self._unsaved = new, now_ms, True

    def save(self) -> None:
        """Make durable all that was noted.

        Raises:
            OSError: not even the reserve's room was enough.
        """
        if not self._unsaved:
            return
        entries = {
            boot_text(boot): _Entry(time=self._times[boot], ranges=ranges.pairs())
            for boot, ranges in self.dropped.items()
            if ranges.pairs()
        }
        data = _FILE.dump_json(entries)
        try:
            durable.replace(self._path, data)
        except OSError:
            self._reserve.unlink(missing_ok=True)
            durable.replace(self._path, data)
        self._unsaved = False
