"""The collector's file: a transaction is all or nothing, and a part of it may alone come to nothing."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from collector.kit import AGENT

from collector.acks import Named
from collector.database import Database, StateError
from collector.state import State


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A file with one table."""
    made = Database(tmp_path / "state.sqlite")
    made.create("create table if not exists thing (n integer primary key)")
    yield made
    made.close()


def things(database: Database) -> list[int]:
    """What is in it."""
    with database.together(write=False):
        return [n for (n,) in database.execute("select n from thing order by n")]


def add(database: Database, n: int, error: Exception | None = None) -> None:
    """Add one, and raise."""
    database.execute("insert into thing values (?)", (n,))
    if error is not None:
        raise error


def in_part(database: Database, forget: Callable[[], None], n: int, error: Exception | None = None) -> None:
    """The same in a part."""
    with database.part(forget):
        add(database, n, error)


def test_a_part_that_raises_comes_to_nothing_and_the_rest_is_durable(database: Database) -> None:
    told: list[str] = []
    with database.together():
        add(database, 1)
        with pytest.raises(ZeroDivisionError):
            in_part(database, lambda: told.append("forget"), 2, ZeroDivisionError())
        add(database, 3)
    assert things(database) == [1, 3]
    assert told == ["forget"]


def test_parts_in_a_row_stand_each_for_itself(database: Database) -> None:
    told: list[str] = []
    with database.together():
        for n in range(5):
            in_part(database, lambda: told.append("forget"), n)
            with pytest.raises(ZeroDivisionError):
                in_part(database, lambda: told.append("forget"), 10 + n, ZeroDivisionError())
    assert things(database) == [0, 1, 2, 3, 4]
    assert len(told) == 5


def test_what_a_broken_part_had_no_hand_in_stays_remembered(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite")
    database.create("create table if not exists thing (n integer primary key)")
    state = State(database)
    with database.together():
        state.see([Named(AGENT, 1, seq, seq) for seq in range(3)])
        state.settle("refused", [Named(AGENT, 1, 9, 9)])
        with pytest.raises(ZeroDivisionError):
            in_part(database, lambda: None, 1, ZeroDivisionError())
    (book,) = state.books().values()
    assert (book.seen.pairs(), book.refused.pairs()) == ([(0, 2)], [(9, 9)])
    database.close()


def all_of_it(database: Database, *numbers: int, error: Exception | None = None) -> None:
    """A transaction whose last number is a part."""
    with database.together():
        for n in numbers[:-1]:
            add(database, n)
        in_part(database, lambda: None, numbers[-1], error)


def test_an_error_of_the_file_in_a_part_undoes_the_whole_and_tells_those_who_remember(database: Database) -> None:
    told: list[str] = []
    database.hook(before_commit=lambda: None, after_undo=lambda: told.append("undone"))
    with pytest.raises(StateError, match="is the disk full"):
        all_of_it(database, 1, 2, error=sqlite3.OperationalError("database or disk is full"))
    with pytest.raises(StateError):
        all_of_it(database, 1, 1)  # the file refuses it
    assert things(database) == []
    assert told == ["undone", "undone"]
    all_of_it(database, 1, 2)
    assert things(database) == [1, 2]


def test_a_transaction_within_one_is_a_part_of_it(database: Database) -> None:
    def outer() -> None:
        with database.together():
            with database.together():
                add(database, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        outer()
    assert things(database) == []
