"""The collector's file: a transaction is all or nothing, and a part of it may alone come to nothing."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from collector.kit import AGENT

from collector.acks import Named
from collector.database import Database, StateError
from collector.state import State


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "state.sqlite")
    made.create("create table if not exists thing (n integer primary key)")
    yield made
    made.close()


def things(database: Database) -> list[int]:
    with database.together(write=False):
        return [n for (n,) in database.execute("select n from thing order by n")]


def test_a_part_that_raises_comes_to_nothing_and_the_rest_is_durable(database: Database) -> None:
    told: list[str] = []
    with database.together():
        database.execute("insert into thing values (1)")
        with pytest.raises(ZeroDivisionError), database.part(lambda: told.append("forget")):
            database.execute("insert into thing values (2)")
            _ = 1 / 0
        database.execute("insert into thing values (3)")
    assert things(database) == [1, 3]
    assert told == ["forget"]


def test_parts_in_a_row_stand_each_for_itself(database: Database) -> None:
    with database.together():
        for n in range(5):
            try:
                with database.part(lambda: None):
                    database.execute("insert into thing values (?)", (n,))
                    _ = 1 / (n % 2)
            except ZeroDivisionError:
                pass
    assert things(database) == [1, 3]


def test_what_a_broken_part_had_no_hand_in_stays_remembered(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite")
    state = State(database)
    names = [Named(AGENT, 1, seq, seq) for seq in range(3)]
    with database.together():
        state.see(names)
        state.settle("refused", [Named(AGENT, 1, 9, 9)])
        with pytest.raises(ZeroDivisionError), database.part(lambda: None):
            _ = 1 / 0
    (book,) = state.books().values()
    assert (book.seen.pairs(), book.refused.pairs()) == ([(0, 2)], [(9, 9)])
    database.close()


def test_an_error_of_the_file_in_a_part_undoes_all_of_the_transaction_and_tells_those_who_remember(
    database: Database,
) -> None:
    told: list[str] = []
    database.hook(before_commit=lambda: None, after_undo=lambda: told.append("undone"))
    with pytest.raises(StateError, match="is the disk full"), database.together():
        database.execute("insert into thing values (1)")
        with database.part(lambda: told.append("part")):
            raise sqlite3.OperationalError("database or disk is full")
    assert things(database) == []
    assert told == ["undone"]


def test_a_part_that_fails_as_a_statement_undoes_all(database: Database) -> None:
    with pytest.raises(StateError), database.together():
        database.execute("insert into thing values (1)")
        with database.part(lambda: None):
            database.execute("insert into thing values (1)")
    assert things(database) == []


def test_a_transaction_within_one_is_a_part_of_it(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.together():
        with database.together():
            database.execute("insert into thing values (1)")
        _ = 1 / 0
    assert things(database) == []
