"""The oracle as a program of its own: is in the database what the journal says, once, and nothing else?

    python -m system.judge --agent agent-a --journal spool --journal archive --influx http://127.0.0.1:8086/mangrove

It imports nothing of the product. Of ours it trusts the journal's bytes; the books (`mangrove ledger --json`) are held
against them, as is the database. It prints one JSON object and ends with 0 when all is well, else with 1.

What the collector works out itself is not in the journal. It is not ignored: such rows have to add up, a series has
one of a time, and none is of a time long before the journal's first reading.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isclose
from pathlib import Path
from typing import cast

from system import databases
from system.databases import Found
from system.oracle import Entry, Fields, Key, expected, journal

GIVEN = {"agent", "device", "site", "area", "level", "role", "vendor", "operator"}  # the other tags are the reading's
DERIVED = ("availability", "status", "coverage", "service", "headline", "network", "collector", "canary")
PERIOD_S = 60.0  # of the collector
SUMS = {  # what is a whole, and its parts
    "coverage": ("cells", ("cells_up", "cells_down", "cells_unknown")),
    "network": ("sites", ("sites_up", "sites_down", "sites_unknown", "sites_maintenance")),
}
SETTLED = ("stored", "refused", "dropped", "earlier")
VICTORIA_DIGITS = 2e-12  # VictoriaMetrics keeps twelve significant digits of a number (measured: 1.79.5)
Boots = Mapping[str, Sequence[Sequence[int]]]  # boot: intervals of numbers, both ends included


@dataclass(slots=True)
class Verdict:
    """What is wrong. `lost`, `duplicated` and `forged` are keys of points, the last also those with another value;
    `derived` and `books` are said in words."""

    expected: int = 0
    found: int = 0
    derived_found: int = 0
    lost: list[Key] = field(default_factory=list)
    duplicated: list[Key] = field(default_factory=list)
    forged: list[Key] = field(default_factory=list)
    derived: list[str] = field(default_factory=list)
    books: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.duplicated or self.forged or self.derived or self.books)


def judge(
    agent: str,
    entries: Iterable[Entry],
    excused: Boots,
    rows: Iterable[Found],
    *,
    is_victoria: bool = False,
) -> Verdict:
    """Hold what was found against the journal of an agent. Batches of `excused` may be absent; what of them is there
    has to be right. VictoriaMetrics keeps fewer digits, and of a derived row that was corrected the larger value of
    each field, so that its rows need not add up."""
    entries = list(entries)
    due = {boot: numbers(pairs) for boot, pairs in excused.items()}
    may = expected((agent, one) for one in entries)
    must = expected((agent, one) for one in entries if one.seq not in due.get(f"{one.boot:016x}", ()))
    verdict = Verdict(expected=len(must))
    got: dict[Key, Fields] = {}
    derived: list[Found] = []
    for row in rows:
        if row.measurement in DERIVED:
            derived.append(row)
            continue
        verdict.found += 1
        key = _key(row)
        if key in got:
            verdict.duplicated.append(key)
            continue
        got[key] = row.fields
        if not _same(row.fields, may.get(key, {}), VICTORIA_DIGITS if is_victoria else 0.0):
            verdict.forged.append(key)
    verdict.lost = [key for key in must if key not in got or must[key].keys() - got[key].keys()]
    begun = min((key[-1] for key in may), default=0)
    verdict.derived_found = len(derived)
    verdict.derived = _impossible(derived, begun) + ([] if is_victoria else _unequal(derived))
    return verdict


@dataclass(slots=True)
class Book:
    """The sets of a boot; `spooled` and `missing` are the newest books' word, the others of all books together."""

    produced: set[int] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)
    settled: set[int] = field(default_factory=set)
    held: set[int] = field(default_factory=set)
    spooled: set[int] = field(default_factory=set)
    missing: set[int] = field(default_factory=set)


def merged(rows: Iterable[Mapping[str, object]]) -> dict[str, Book]:
    """Return a book for each boot out of the rows of `mangrove ledger --json`; newer ones come last."""
    books: dict[str, Book] = {}
    for row in rows:
        book = books.setdefault(str(row["boot"]), Book())
        sets = cast("dict[str, list[list[int]]]", row["sets"])
        book.produced |= numbers(sets["produced"])
        book.seen |= numbers(sets["seen"])
        book.settled |= numbers([pair for name in SETTLED for pair in sets[name]])
        book.held |= numbers(sets["held"])
        book.spooled = numbers(sets["spooled"])
        book.missing = numbers(cast("list[list[int]]", row["missing"]))
    return books


def judge_books(books: Mapping[str, Book], entries: Iterable[Entry], excused: Boots) -> list[str]:
    """Say what the books have not, or have too much, against the journal. Batches of `excused` need not be settled."""
    held: dict[str, set[int]] = {}
    for one in entries:
        held.setdefault(f"{one.boot:016x}", set()).add(one.seq)
    wrong: list[str] = []
    for boot in sorted(books.keys() | held.keys()):
        book, there, excuse = books.get(boot, Book()), held.get(boot, set()), numbers(excused.get(boot, ()))
        said = book.produced | book.seen | book.settled | book.held | book.spooled
        wrong += [f"{boot}: {number} is not settled" for number in sorted(there - book.settled - excuse)]
        wrong += [f"{boot}: {number} was never produced" for number in sorted(said - there)]
        wrong += [f"{boot}: {number} is still spooled" for number in sorted(book.spooled - book.settled - excuse)]
        wrong += [f"{boot}: {number} is missing" for number in sorted(book.missing - book.settled - excuse)]
    return wrong


def numbers(pairs: Iterable[Sequence[int]]) -> set[int]:
    """Return the numbers of intervals, both ends included."""
    return {number for first, last in pairs for number in range(first, last + 1)}


def _key(row: Found) -> Key:
    tags = dict(row.tags)
    own = "/".join(text for name, text in row.tags if name not in GIVEN)
    return row.measurement, tags.get("agent", ""), tags.get("device", ""), own, row.time


def _same(fields: Fields, wanted: Fields, digits: float) -> bool:
    """Whether all that is there was said."""
    return all(name in wanted and isclose(value, wanted[name], rel_tol=digits) for name, value in fields.items())


def _impossible(rows: Sequence[Found], begun: int) -> list[str]:
    """Say what no derived row can be."""
    wrong = [f"early {row}" for row in rows if row.time < begun - 3 * PERIOD_S * 1000]
    times = Counter((row.measurement, row.tags, row.time) for row in rows)
    wrong += [f"twice {key}" for key, count in times.items() if count > 1]
    statuses = [row for row in rows if row.measurement == "status"]
    return wrong + [f"no such status: {row}" for row in statuses if row.fields["status"] not in range(5)]


def _unequal(rows: Sequence[Found]) -> list[str]:
    """Say which derived rows do not add up."""
    wrong: list[str] = []
    for row in rows:
        whole, parts = SUMS.get(row.measurement, ("", ()))
        if whole and row.fields[whole] != sum(row.fields[part] for part in parts):
            wrong.append(f"does not add up: {row}")
        is_period = row.measurement == "availability" and dict(row.tags)["scope"] != "area"
        if is_period and abs(sum(row.fields.values()) - PERIOD_S) > 0.001:
            wrong.append(f"is no period: {row}")
    return wrong


def main(arguments: Sequence[str]) -> int:
    """Judge, print, and return 0 or 1."""
    parser = argparse.ArgumentParser(prog="python -m system.judge", description=__doc__)
    parser.add_argument("--agent", required=True, help="whose journal it is")
    parser.add_argument("--journal", type=Path, action="append", required=True, help="a folder of segments")
    parser.add_argument("--excused", type=Path, help="JSON: boot to intervals of batches that may be absent")
    parser.add_argument(
        "--books", type=Path, action="append", default=[], help="what `mangrove ledger --json` printed; newer ones last"
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--influx", help="URL of InfluxDB 1.x, with the database as its path")
    where.add_argument("--victoria", help="URL of VictoriaMetrics")
    given = parser.parse_args(arguments)
    entries = journal(*given.journal)
    excused = json.loads(given.excused.read_text(encoding="utf-8")) if given.excused else {}
    if given.influx:
        url, _, database = given.influx.rpartition("/")
        rows = databases.influx(url, database)
    else:
        names = {key[0] for key in expected((given.agent, one) for one in entries)}
        rows = databases.victoria(given.victoria, {*names, *DERIVED})
    verdict = judge(given.agent, entries, excused, rows, is_victoria=bool(given.victoria))
    if given.books:
        lines = [line for path in given.books for line in path.read_text(encoding="utf-8").splitlines()]
        verdict.books = judge_books(merged(map(json.loads, lines)), entries, excused)
    print(json.dumps(asdict(verdict)))
    return 0 if verdict.is_clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
