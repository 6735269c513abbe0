"""The store with nothing to install: one DuckDB file a day (UTC) in a folder. The only file that imports duckdb.

Durable at its yes: DuckDB 2.0 calls fdatasync on its log before a commit returns (seen with strace), and the folder is
synced here. The one database instance lives in memory with the days attached; it can reach no file outside the folder.
Layout: a table per measurement; `time` is a TIMESTAMP in UTC (unlike TIMESTAMP_MS, a comparison with it skips blocks),
a tag that a point does not have is '' as in InfluxQL, a field that it does not have is NULL. There is no primary key
(82 bytes a point): a merge over the time range of the request keeps one point per series and time.
"""

import os
import re
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from collector.embedded_table import Rows, Table, UnfitError, group, unwritable
from collector.store import Answer, Point, QueryError, Refused, Retry, Row, Stop, Written
from contract.catalog import Catalog

MAX_OPEN = 3
MAX_QUERY_DAYS = 31
MAX_ROWS = 10_000
QUERY_S = 10.0
_RETRY_S = 10.0
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\.duckdb")
_DAMAGED = re.compile(r"not a valid DuckDB|Corrupt|could not read enough|is a directory|deserializ|checksum", re.I)
_SETTINGS = {
    "python_enable_replacements": "false",  # else a query could read our own variables
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "temp_directory": "",
    "memory_limit": "1GB",
    "threads": "2",
}


class _Stopped(Exception):
    """A setting or a file needs a human."""


class EmbeddedStore:
    """Files `YYYY-MM-DD.duckdb` in `folder`, at most MAX_OPEN of them open for writing. DuckDB lets in one process."""

    horizon_s, linger_s = 0.0, 1.0  # each table of a request is a statement that is planned anew

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        """Tables and columns that the catalog has and a day's file has not are added when that day is written.

        Raises:
            OSError: the folder cannot be made.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder.resolve()
        self._tables = {name: Table.of(name, spec) for name, spec in catalog.measurements.items()}
        self._incarnation = uuid.uuid4().hex
        self._open: list[str] = []  # the days attached for writing, oldest first
        self._ready: set[tuple[str, str]] = set()  # (day, measurement) whose table fits the catalog
        self._db = self._connect()

    def write(self, points: Sequence[Point]) -> Answer:
        """Write one request, one transaction a day; see `Store.write`. A value that a field already has and that
        differs is replaced, as InfluxDB does."""
        try:
            for day, rows in sorted(group(points, self._tables).items()):
                self._write_day(day, rows)
            _sync(self._folder)
        except UnfitError as error:
            return Refused(str(error))
        except _Stopped as error:
            return Stop(str(error))
        except (duckdb.Error, OSError, RuntimeError) as error:
            bad_text = unwritable(points)
            return Refused(bad_text) if bad_text else self._failed(error)
        return Written()

    def incarnation(self) -> str | None:
        """Return a name that is this store's own: it forgets nothing while it lives."""
        return self._incarnation

    def query(self, text: str) -> list[Row]:
        """Answer one SELECT in DuckDB's SQL, with a view per measurement over the newest MAX_QUERY_DAYS days. Times
        come back as ms since 1970.

        Raises:
            QueryError: with DuckDB's words; also after QUERY_S seconds, and for more than MAX_ROWS rows.
        """
        try:
            statements = duckdb.extract_statements(text)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise QueryError("only one SELECT is answered here")
            with self._all_days() as days, self._cursor() as cursor:
                known = _columns(cursor, days)
                for name in self._tables:
                    if name in text:
                        cursor.execute(self._tables[name].view(known.get(name, {})))
                # READ ONLY refuses what a SELECT can still write: WITH x AS (INSERT ...) SELECT ...
                cursor.execute("BEGIN TRANSACTION READ ONLY")
                cursor.execute(statements[0])
                names = [str(column[0]) for column in cursor.description]
                found = cursor.fetchmany(MAX_ROWS + 1)
        except duckdb.InterruptException:
            raise QueryError(f"no answer in {QUERY_S:.0f} s: ask for less") from None
        except (duckdb.Error, OSError, RuntimeError, TypeError) as error:  # TypeError: a lone surrogate
            raise QueryError(str(error)) from error
        if len(found) > MAX_ROWS:
            raise QueryError(f"more than {MAX_ROWS} rows: add a LIMIT or aggregate")
        return [dict(zip(names, map(_plain, row), strict=True)) for row in found]

    def close(self) -> None:
        """Close all files."""
        self._db.close()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        self._open, self._ready = [], set()
        db = duckdb.connect(":memory:", config=dict(_SETTINGS))
        db.execute(f"SET allowed_directories = [{_quoted(str(self._folder))}]")
        db.execute("SET enable_external_access = false")
        db.execute("SET lock_configuration = true")
        return db

    def _write_day(self, day: str, rows: dict[str, Rows]) -> None:
        self._attach(day)
        self._db.begin()
        try:
            for name, of_table in rows.items():
                table = self._tables[name]
                if (day, name) not in self._ready:
                    self._make(day, table)
                with self._db.appender(f"new_{name}") as appender:
                    appender.append_rows(of_table.values())
                self._db.execute(table.merge(day), of_table.range())
                self._db.execute(f"TRUNCATE temp.new_{name}")
            self._db.commit()
        except BaseException:
            with suppress(duckdb.TransactionException):  # a commit that fails has ended its transaction
                self._db.rollback()
            raise
        self._ready |= {(day, name) for name in rows}

    def _make(self, day: str, table: Table) -> None:
        self._db.execute(table.create(day))
        self._db.execute(table.create_new())
        known = _columns(self._db, [day])[table.name][day]
        for column, type_ in table.columns.items():
            if column not in known:
                self._db.execute(f'ALTER TABLE "{day}".main.{table.name} ADD COLUMN {table.column(column)}')
            elif known[column] != type_:
                raise _Stopped(
                    f"{self._file(day)}: {table.name}.{column} is {known[column]} there and {type_} in the catalog:"
                    " undo the change of the catalog, or move that file away"
                )

    def _file(self, day: str) -> Path:
        return self._folder / f"{day}.duckdb"

    def _attach(self, day: str) -> None:
        if day in self._open:
            return
        while len(self._open) >= MAX_OPEN:
            self._detach(self._open[0])
        file = self._file(day)
        if not file.exists():
            # Made under another name, so that a crash never leaves half a header under a day's name.
            new = self._folder / "new"
            for leftover in (new, new.with_name("new.wal")):
                leftover.unlink(missing_ok=True)
            self._db.execute(f"ATTACH {_quoted(str(new))} AS new_day")
            self._db.execute("DETACH new_day")
            new.replace(file)
        self._db.execute(f'ATTACH {_quoted(str(file))} AS "{day}"')
        self._open.append(day)

    def _detach(self, day: str) -> None:
        self._db.execute(f'DETACH "{day}"')
        self._open.remove(day)
        self._ready = {(d, name) for d, name in self._ready if d != day}

    @contextmanager
    def _all_days(self) -> Iterator[list[str]]:
        files = sorted(f.name for f in self._folder.iterdir() if _DAY.fullmatch(f.name))[-MAX_QUERY_DAYS:]
        days = [name.removesuffix(".duckdb") for name in files]
        here: list[str] = []
        try:
            for day in days:
                if day not in self._open:
                    self._db.execute(f'ATTACH IF NOT EXISTS {_quoted(str(self._file(day)))} AS "{day}" (READ_ONLY)')
                    here.append(day)
            yield days
        finally:
            for day in here:
                self._db.execute(f'DETACH "{day}"')

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._db.cursor()
        timer = threading.Timer(QUERY_S, cursor.interrupt)
        timer.start()
        try:
            yield cursor
        finally:
            timer.cancel()
            timer.join()
            cursor.close()

    def _failed(self, error: Exception) -> Answer:
        words = " ".join(str(error).split())[:500]
        if _DAMAGED.search(words):
            return Stop(f"{words}: a day's file in {self._folder} is damaged: move it away and restore it from a copy")
        if isinstance(error, PermissionError) or "Permission denied" in words:
            return Stop(f"{words}: give us the right to write in {self._folder}")
        # Of what is left (disk full, locked, out of memory, a failed checkpoint) DuckDB may want to be opened anew.
        self.close()
        self._db = self._connect()
        return Retry(_RETRY_S, words)


def _columns(db: duckdb.DuckDBPyConnection, days: Sequence[str]) -> dict[str, dict[str, dict[str, str]]]:
    """Measurement, day, column: type."""
    out: dict[str, dict[str, dict[str, str]]] = {}
    found = db.execute("SELECT database_name, table_name, column_name, data_type FROM duckdb_columns()").fetchall()
    for day, table, column, type_ in found:
        if day in days:
            out.setdefault(table, {}).setdefault(day, {})[column] = type_
    return out


def _plain(value: object) -> float | int | str | None:
    if isinstance(value, datetime):
        return round((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp() * 1000)
    if value is None or isinstance(value, float | int | str):
        return value
    return float(value) if isinstance(value, Decimal) else str(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
