"""The drop folder: which files in it are whole, and where they go when they are read or refused.

A file is taken once its size and time have stood still. What cannot be moved, because the folder is not ours to write
to, stays where it is.
"""

import fnmatch
import logging
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

log = logging.getLogger(__name__)

DONE, REFUSED = "done", "refused"
MAX_FILES = 100_000  # that are looked at
REASON = ".reason"


class Mark(NamedTuple):
    """One file as it is: another content has another mark."""

    name: str
    size: int
    mtime_ns: int


class Drop:
    """Used by one thread at a time."""

    def __init__(self, folder: Path, patterns: Sequence[str], settle_s: float, *, move: bool) -> None:
        """`move`: what is read goes to `done/` and what is refused to `refused/` of the folder."""
        self._folder, self._patterns, self._settle_s, self._move = folder, patterns, settle_s, move
        self._since: dict[str, tuple[Mark, float]] = {}
        self._trouble = ""
        self._stuck: set[Mark] = set()
        self.present: set[str] = set()

    def settled(self, now_s: float) -> list[Mark]:
        """Return the files that stand still, the oldest first. `now_s`: of a monotonic clock."""
        found = sorted(self._look(), key=lambda mark: mark.mtime_ns)
        self.present = {mark.name for mark in found}
        self._stuck &= set(found)
        before, self._since = self._since, {}
        for mark in found:
            known = before.get(mark.name)
            self._since[mark.name] = known if known and known[0] == mark else (mark, now_s)
        return [mark for mark in found if now_s - self._since[mark.name][1] >= self._settle_s]

    def path(self, mark: Mark) -> Path:
        """Return where a file is."""
        return self._folder / mark.name

    def done(self, mark: Mark, digest: bytes) -> None:
        """Put a file away that was read."""
        self._put(mark, DONE, digest.hex()[:8])

    def refuse(self, mark: Mark, reason: str) -> bool:
        """Put a file away that cannot be read, with the reason beside it. Returns whether it is gone from there."""
        path = self._put(mark, REFUSED, f"{mark.mtime_ns:x}"[-8:])
        if path is None:
            return False
        try:
            path.with_name(path.name + REASON).write_text(reason + "\n", encoding="utf-8")
        except OSError as error:
            self._say(f"why {path} was refused cannot be written there: {error}")
        return True

    def trim(self, keep: int, max_age_s: float, now_s: float) -> None:
        """Delete of what was put away all but the newest `keep` files, and what lies there for too long. `now_s`: since
        1970 UTC."""
        for name in (DONE, REFUSED) if self._move else ():
            try:
                with os.scandir(self._folder / name) as entries:
                    files = [(entry.stat(follow_symlinks=False).st_ctime, entry.path) for entry in entries]
                files.sort(reverse=True)
                for number, (at, path) in enumerate(files):
                    if number >= keep or at < now_s - max_age_s:
                        Path(path).unlink(missing_ok=True)
            except FileNotFoundError:
                continue
            except OSError as error:
                self._say(f"what was put away in {self._folder / name} cannot be deleted: {error}")

    def _look(self) -> Iterator[Mark]:
        try:
            with os.scandir(self._folder) as entries:
                for number, entry in enumerate(entries):
                    if number >= MAX_FILES:
                        self._say(f"{self._folder} has over {MAX_FILES} files: those beyond are not looked at")
                        return
                    if (mark := self._mark(entry)) is not None:
                        yield mark
        except OSError as error:
            self._say(f"the folder of performance files cannot be read: {error}")
            return
        self._trouble = ""

    def _mark(self, entry: "os.DirEntry[str]") -> Mark | None:
        name = entry.name
        if name.startswith(".") or not any(fnmatch.fnmatch(name.lower(), one.lower()) for one in self._patterns):
            return None
        try:
            found = entry.stat(follow_symlinks=False)
            name.encode()
        except (FileNotFoundError, UnicodeEncodeError):
            return None
        return Mark(name, found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None

    def _put(self, mark: Mark, where: str, other: str) -> Path | None:
        if not self._move or mark in self._stuck:
            return None
        try:
            folder = self._folder / where
            folder.mkdir(exist_ok=True)
            target = folder / mark.name
            if target.exists():  # another file of that name was there before
                target = folder / f"{other}-{mark.name}"
            self.path(mark).rename(target)
        except FileNotFoundError:
            return None  # somebody else was quicker
        except OSError as error:
            if not self._stuck:
                log.error("%a cannot be moved to %s: %s; it stays and is not read again", mark.name, where, error)
            self._stuck.add(mark)
            return None
        return target

    def _say(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.error("%s", trouble)
        self._trouble = trouble
