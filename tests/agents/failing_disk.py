"""Disks that fail at one file, for the tests of the spool."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def fail_at(monkeypatch: pytest.MonkeyPatch, bad: Path, method: str) -> None:
    """Let this method of `Path` fail with EIO for one file, and for others do what it does."""
    true: Callable[..., Any] = getattr(Path, method)

    def failing(self: Path, *args: object, **more: object) -> Any:
        if self == bad:
            raise OSError(errno.EIO, "broken")
        return true(self, *args, **more)

    monkeypatch.setattr(Path, method, failing)
