"""Who is alone is alone."""

import threading
from collections.abc import Callable
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from alone import turn


def at_work(folder: Path, *, alone: bool) -> tuple[threading.Event, Callable[[], None]]:
    """Start one more: return what is set once it works, and what ends it."""
    working, end = threading.Event(), threading.Event()

    def work() -> None:
        with turn(folder, alone=alone):
            working.set()
            end.wait(10)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()

    def ended() -> None:
        end.set()
        thread.join(10)
        assert not thread.is_alive()

    return working, ended


def held(path: Path) -> bool:
    """Whether somebody has this lock."""
    with path.open() as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_one_who_waits_to_be_alone_begins_after_those_who_work_and_before_those_who_come(tmp_path: Path) -> None:
    first, end_first = at_work(tmp_path, alone=False)
    second, end_second = at_work(tmp_path, alone=False)
    assert first.wait(10)
    assert second.wait(10)
    alone, end_alone = at_work(tmp_path, alone=True)
    while not held(tmp_path / "door"):
        pass
    late, end_late = at_work(tmp_path, alone=False)
    end_first()
    assert not alone.is_set()
    end_second()
    assert alone.wait(10)
    assert not late.is_set()
    end_alone()
    assert late.wait(10)
    end_late()
