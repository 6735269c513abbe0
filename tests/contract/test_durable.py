"""Small files: the old content or the new one, whole."""

import errno
import os
from pathlib import Path

import pytest

from contract import durable


def test_a_replaced_file_has_the_new_content_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "state"
    for data in (b"one", b"", b"two" * 100_000):
        durable.replace(path, data)
        assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_write_that_fails_leaves_the_old_content_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "state"
    durable.replace(path, b"old")

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    owner: object = os if call == "fsync" else Path
    monkeypatch.setattr(owner, call, fail)
    with pytest.raises(OSError, match="no room") as caught:
        durable.replace(path, b"new")
    assert durable.is_full(caught.value)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_content_is_on_disk_before_its_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def note_fsync(fd: int) -> None:
        steps.append(Path(f"/proc/self/fd/{fd}").readlink().name)
        fsync(fd)

    def note_rename(old: Path, new: Path) -> Path:
        steps.append("rename")
        return rename(old, new)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "rename", note_rename)
    durable.replace(tmp_path / "state", b"x")
    assert steps == ["state.new", "rename", tmp_path.name]


def test_only_want_of_room_is_a_full_disk() -> None:
    assert durable.is_full(OSError(errno.EDQUOT, ""))
    assert not durable.is_full(OSError(errno.EIO, ""))


def test_what_is_no_folder_cannot_be_synced(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        durable.sync_folder(tmp_path / "file")
