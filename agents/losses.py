"""What an agent had to give up, by boot and number, kept on disk: reported and fsynced before the data go."""

import json
import logging
from pathlib import Path

from contract import durable
from contract.intervals import IntervalSet
from contract.messages import boot_text

log = logging.getLogger(__name__)

KEEP_MS = 30 * 86_400_000
RESERVE = 256 * 1024


class Losses:
    """The file `dropped.json` of a spool and the reserve that lets it be written on a full disk."""

    def __init__(self, folder: Path, now_ms: int) -> None:
        """Read what earlier processes reported; entries older than 30 days are forgotten.

        Raises:
            OSError: the file cannot be read.
        """
        self._path, self._reserve = folder / "dropped.json", folder / "reserve"
        self._times: dict[int, int] = {}
        self.dropped: dict[int, IntervalSet] = {}
        try:
            for boot, entry in json.loads(self._path.read_bytes()).items():
                if now_ms - entry["time"] < KEEP_MS:
                    self.dropped[int(boot, 16)] = IntervalSet(entry["ranges"])
                    self._times[int(boot, 16)] = entry["time"]
        except FileNotFoundError:
            pass
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            aside = self._path.with_name(f"dropped.json.damaged-{now_ms}")
            log.error("%s is damaged (%s): moved to %s, its ranges are no longer reported", self._path, error, aside)
            self._path.rename(aside)
        self.refill()

    def refill(self) -> None:
        """Take the reserve's room again, if the disk has it."""
        try:
            if not self._reserve.exists():
                durable.replace(self._reserve, b"\0" * RESERVE)
        except OSError as error:
            log.warning("the reserve %s cannot be written now: %s", self._reserve, error)

    def report(self, boot: int, numbers: IntervalSet, now_ms: int) -> None:
        """Note that `numbers` are dropped; durable on return.

        Raises:
            OSError: not even the reserve's room was enough; then nothing is noted.
        """
        new = self.dropped.get(boot, IntervalSet()) | numbers
        if new == self.dropped.get(boot):
            return
        entries = {
            boot_text(b): {"time": self._times.get(b, now_ms), "ranges": ranges.pairs()}
            for b, ranges in {**self.dropped, boot: new}.items()
        }
        data = json.dumps(entries).encode()
        try:
            durable.replace(self._path, data)
        except OSError:
            self._reserve.unlink(missing_ok=True)
            durable.replace(self._path, data)
        self.dropped[boot] = new
        self._times.setdefault(boot, now_ms)
