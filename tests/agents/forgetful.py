"""A disk that forgets: a power cut leaves any combination of what was not fsynced, and calls fail when they are to.

The files of the folder are what the system's memory holds. What the disk surely holds is known by watching the calls:
a file's bytes are sure after its fsync, a folder's names after the folder's. All the rest may be there after a power
cut, or not: each creation, renaming and unlinking by itself, and each block of 512 or 4,096 bytes of a file as it was
at any moment since its last fsync, or as zeros where the file had grown.
"""

import errno
import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

CALLS = ("write", "fsync", "fdatasync", "ftruncate", "rename", "unlink")


class PowerCut(BaseException):  # no handler of the product's may see it
    """The machine is off."""


class Disk:
    """One folder, without those in it. A file is known by a number of ours, as the system gives its own anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cut_in: int | None = None
        """Before how many more calls the power goes: 0 is the next."""
        self.failures: list[tuple[str, int]] = []
        """The calls that fail next, each in its turn, and their errno."""
        self.cut = False
        self._files: dict[int, list[bytes]] = {}  # what each may hold after a power cut; the last is what it holds now
        self._inodes: dict[int, int] = {}
        self._made = 0
        self._now: dict[str, int] = {}
        self._changes: list[dict[str, int | None]] = []
        self._look(renamed=False)
        self._sure = dict(self._now)
        self._changes.clear()
        for versions in self._files.values():
            del versions[:-1]

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch the calls of this process."""
        with ExitStack() as hooks:
            for name in CALLS:
                hooks.enter_context(mock.patch.object(os, name, self._hook(name, getattr(os, name))))
            yield

    def touched(self, path: Path, data: bytes) -> None:
        """Change a file behind the product's back, for good."""
        path.write_bytes(data)
        self._files[self._now[path.name]] = [data]

    def forget(self, choose: random.Random, into: Path) -> None:
        """Write to a new folder what a power cut leaves, one of all the possible ways."""
        names: dict[str, int | None] = dict(self._sure)
        share = choose.choice([0.0, 0.3, 0.7, 1.0])
        until = choose.randrange(len(self._changes) + 1) if choose.random() < 0.3 else len(self._changes)
        for change in self._changes[:until]:
            if choose.random() < share:
                names |= change
        into.mkdir()
        for name, file in names.items():
            if file is not None:
                (into / name).write_bytes(_torn(self._files[file], choose))

    def _hook(self, name: str, true: Callable[..., int]) -> Callable[..., int | None]:
        def call(first: int | str | Path, *more: object) -> int | None:
            path = Path(f"/proc/self/fd/{first}").readlink() if isinstance(first, int) else Path(first)
            if path != self.folder and path.parent != self.folder:
                return true(first, *more)
            self._look(renamed=False)
            if self.cut or self.cut_in == 0:
                self.cut = True
                raise PowerCut
            if self.cut_in is not None:
                self.cut_in -= 1
            if self.failures and self.failures[0][0] == name:
                _, number = self.failures.pop(0)
                if name == "write" and number == errno.ENOSPC:  # what there was room for is written
                    true(first, bytes(more[0])[: len(more[0]) // 2])  # type: ignore[call-overload,arg-type]
                raise OSError(number, os.strerror(number))
            done = None if "sync" in name else true(first, *more)
            self._look(renamed=name == "rename")
            if "sync" in name:
                self._is_sure(path)
            return done

        return call

    def _is_sure(self, path: Path) -> None:
        if path == self.folder:
            self._sure = dict(self._now)
            self._changes.clear()
        elif path.name in self._now:
            del self._files[self._now[path.name]][:-1]

    def _look(self, *, renamed: bool) -> None:
        """See what has changed since the last look."""
        with os.scandir(self.folder) as found:
            inodes = {entry.name: entry.inode() for entry in found if entry.is_file()}
        for inode in inodes.values():
            if inode not in self._inodes:
                self._made += 1
                self._inodes[inode] = self._made
                self._files[self._made] = [b""]
        now = {name: self._inodes[inode] for name, inode in inodes.items()}
        change = {name: now.get(name) for name in now.keys() | self._now.keys() if now.get(name) != self._now.get(name)}
        self._changes += [change] if renamed and change else [{name: file} for name, file in sorted(change.items())]
        self._now = now
        self._inodes = {inode: file for inode, file in self._inodes.items() if file in now.values()}
        for name, file in now.items():
            data = (self.folder / name).read_bytes()
            if data != self._files[file][-1]:
                self._files[file].append(data)


def _torn(versions: list[bytes], choose: random.Random) -> bytes:
    """One of the contents that the versions of a file can leave; they have the first one's bytes in common."""
    if choose.random() < 0.4:
        return choose.choice(versions)
    block = choose.choice([512, 4096])
    size = len(choose.choice(versions))
    if choose.random() < 0.3:
        size = choose.randrange(len(versions[0]), max(map(len, versions)) + 1)
    padded = [version.ljust(size, b"\0") for version in versions]
    return b"".join(choose.choice(padded)[at : min(at + block, size)] for at in range(0, size, block))
