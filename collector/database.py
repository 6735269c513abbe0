"""The collector's SQLite file, `synchronous=FULL`: the only file of the collector that imports sqlite3.

The books and what the watcher remembers lie in one file, so that one transaction holds a group of batches together with
the notifications and the derived rows that they cause.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

Value = str | int | float | None
Row = tuple[Value, ...]


class StateError(Exception):
    """The state file cannot be used; the text says what to do."""


class Database:
    """Thread-safe: whoever is in `together` has it alone. Statements are made in `together` only."""

    def __init__(self, path: Path) -> None:
        """Open or make the file.

        Raises:
            StateError: it is damaged, locked by another collector, or cannot be written.
        """
        self._path = path
        self._lock = threading.RLock()
        self._inside = False
        self._before_commit: list[Callable[[], None]] = []
        self._after_undo: list[Callable[[], None]] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
            self._db.execute("pragma journal_mode=wal")
            self._db.execute("pragma synchronous=full")
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error

    def create(self, schema: str) -> None:
        """Make the tables that are not there yet.

        Raises:
            StateError: as for the file.
        """
        try:
            self._db.executescript(schema)
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def hook(self, *, before_commit: Callable[[], None], after_undo: Callable[[], None]) -> None:
        """Have somebody who remembers what is in the file write it before each commit, and forget it when a transaction
        came to nothing."""
        self._before_commit.append(before_commit)
        self._after_undo.append(after_undo)

    def execute(self, statement: str, values: Sequence[Value] = ()) -> sqlite3.Cursor:
        """Make one statement."""
        return self._db.execute(statement, values)

    def executemany(self, statement: str, rows: Iterable[Sequence[Value]]) -> int:
        """Make one statement for each row; returns how many rows of the table that has changed."""
        return self._db.executemany(statement, rows).rowcount

    @contextmanager
    def together(self, *, write: bool = True) -> Iterator[None]:
        """Make one transaction of all statements inside: they are durable when it ends, or nothing of them was done.

        Raises:
            StateError: the file cannot be written now.
        """
        with self._lock:
            if self._inside:
                yield
                return
            self._inside = True
            try:
                self._db.execute("begin immediate" if write else "begin")
                yield
                for write_out in self._before_commit:
                    write_out()
                self._db.execute("commit")
            except sqlite3.Error as error:
                self._undo()
                raise self._failing(error) from error
            except BaseException:
                self._undo()
                raise
            finally:
                self._inside = False

    @contextmanager
    def part(self, forget: Callable[[], None]) -> Iterator[None]:
        """Make a part of the present transaction that, when it raises, alone comes to nothing. Then `forget` is called:
        by what it does the part's own memory is not ahead of the file; that of others is not touched.

        Raises:
            StateError: the file cannot be written now: none of the transaction can.
        """
        self._db.execute("savepoint part")
        try:
            yield
        except sqlite3.Error as error:
            raise self._failing(error) from error  # the whole of it cannot be written
        except BaseException:
            self._db.execute("rollback to part")
            forget()
            raise
        finally:
            with suppress(sqlite3.Error):
                self._db.execute("release part")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _undo(self) -> None:
        """What is remembered of the file must not be ahead of it."""
        with suppress(sqlite3.Error):  # some errors have ended the transaction already
            self._db.execute("rollback")
        for forget in self._after_undo:
            forget()

    def _failing(self, error: sqlite3.Error) -> StateError:
        return StateError(f"{self._path} cannot be used now: {error}; is the disk full?")

    def _unusable(self, error: Exception) -> StateError:
        return StateError(f"{self._path} cannot be used: {error}; move it aside to begin new books")
