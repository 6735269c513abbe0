"""The folder of a deployment: files for their owner only, who is whoever the containers run as."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SERVICE = 10001  # the owner when root makes the folder: containers must not run as root
_ENV = Path("env")


class DeployError(Exception):
    """A folder that cannot be used as it is; the text says what to do."""


class Files:
    """Makes what is missing in `folder`; `made` names it. Paths are relative to the folder.

    The first run decides whose all is, and notes it in the file `env`, which `docker compose` reads.
    """

    def __init__(self, folder: Path) -> None:
        """Raises:
        DeployError: the folder is another user's.
        OSError: it cannot be made.
        """
        self.made: list[str] = []
        self._root = folder
        self._uid, self._gid = _owner(folder / _ENV)
        if os.geteuid() not in (0, self._uid):
            raise DeployError(f"{folder} was made by user {self._uid}: run this as that user, or as root")
        for path in ("", "secrets", "certificates", "data", "issued", "clients", "users"):
            self.folder(Path(path))
        self.put(_ENV, lambda: f"MANGROVE_UID={self._uid}\nMANGROVE_GID={self._gid}")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other commands out meanwhile: what one has read and writes anew would undo what another wrote."""
        with self.path(_ENV).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def path(self, path: Path) -> Path:
        """Return where a file is."""
        return self._root / path

    def has(self, path: Path) -> bool:
        """Whether a file is there."""
        return self.path(path).exists()

    def data(self, path: Path) -> bytes:
        """Return what a file holds.

        Raises:
            DeployError: it is not there.
        """
        try:
            return self.path(path).read_bytes()
        except FileNotFoundError as error:
            raise DeployError(f"{self.path(path)} is missing: put it back, nothing can be signed without it") from error

    def text(self, path: Path) -> str:
        """Return the text of a file; none when it is not there."""
        return self.path(path).read_text(encoding="utf-8") if self.has(path) else ""

    def folder(self, path: Path) -> None:
        """Make a folder if there is none."""
        if not self.has(path):
            self.path(path).mkdir(mode=0o700, parents=True)
            os.chown(self.path(path), self._uid, self._gid)

    def put(self, path: Path, make_text: Callable[[], str]) -> None:
        """Make a file if there is none."""
        if not self.has(path):
            self.replace(path, make_text() + "\n")

    def put_pair(self, certificate_path: Path, certificate: bytes, key_path: Path, key: bytes) -> None:
        """Write a certificate, which everybody may read, after its key."""
        self._write(key_path, key, 0o600)
        self._write(certificate_path, certificate, 0o644)

    def put_public(self, path: Path, data: bytes) -> None:
        """Write a file that everybody may read."""
        self._write(path, data, 0o644)

    def replace(self, path: Path, text: str) -> None:
        """Write a file that only the owner may read."""
        self._write(path, text.encode(), 0o600)

    def _write(self, path: Path, data: bytes, mode: int) -> None:
        """Whole or not at all, and never more readable than in the end."""
        beside = self.path(path).with_name(path.name + ".new")
        beside.unlink(missing_ok=True)
        with open(beside, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            os.fchown(file.fileno(), self._uid, self._gid)
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(self.path(path))
        self.made.append(path.as_posix())


def _owner(env: Path) -> tuple[int, int]:
    """Return user and group: those of the first run, or else who we are."""
    if env.exists():
        return env.stat().st_uid, env.stat().st_gid
    return (os.geteuid(), os.getegid()) if os.geteuid() else (SERVICE, SERVICE)
