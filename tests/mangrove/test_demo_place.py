"""Where the running demo is found: by a link of ours, and by no one else's."""

import os
from pathlib import Path

import pytest

from mangrove.demo.place import NoDemoError, link, named, running


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    made = tmp_path / "demo"
    made.mkdir()
    return made


def test_the_running_demo_is_found_and_after_its_end_there_is_none(folder: Path, tmp_path: Path) -> None:
    with named(folder) as short:
        assert short == link() == tmp_path / "mangrove-demo"
        assert running() == folder
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
    with pytest.raises(NoDemoError, match="start one with `mangrove demo`"):
        running()


def test_the_newest_of_two_is_found_and_the_end_of_the_older_takes_nothing_away(folder: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    with named(newer):
        with named(folder):
            assert running() == folder
        with pytest.raises(NoDemoError):
            running()
    with named(folder), named(newer):
        assert running() == newer


def test_a_demo_that_was_killed_leaves_a_link_that_leads_nowhere_and_is_replaced(folder: Path) -> None:
    link().symlink_to("/nowhere")
    with pytest.raises(NoDemoError):
        running()
    with named(folder):
        assert running() == folder


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make what is somebody else's")
@pytest.mark.parametrize("whose", ["link", "folder"])
def test_what_is_somebody_elses_is_not_followed(folder: Path, whose: str) -> None:
    with named(folder):
        os.chown(link() if whose == "link" else folder, 65_534, 65_534, follow_symlinks=False)
        with pytest.raises(NoDemoError, match="not ours"):
            running()


def test_where_the_link_cannot_be_made_the_folder_itself_is_named(folder: Path) -> None:
    link().mkdir()
    with named(folder) as short:
        assert short == folder
    assert link().is_dir()
