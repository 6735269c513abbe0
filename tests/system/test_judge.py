"""The oracle's own program: it finds each kind of wrong, and knows nothing of the product."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from system.databases import Found
from system.judge import Book, judge, judge_books, merged, numbers
from system.oracle import Entry
from system.parts import ROOT

NOW = 1_800_000_000_000
BOOT = f"{5:016x}"
TAGS = (("agent", "a"), ("area", "x"), ("device", "d"), ("site", "s"))
NETWORK = {"sites": 3, "sites_up": 2, "sites_down": 1, "sites_unknown": 0, "sites_maintenance": 0}


def entry(seq: int) -> Entry:
    """A poll with one interface."""
    table = {"measurement": "interface", "tags": ["if_name"], "fields": ["in_bps"], "rows": [["ge0", 1.5]]}
    poll = {"outcome": "ok", "took_ms": 4, "requests": 1}
    return Entry(5, seq, 0, {"kind": "poll", "device": "d", "time": NOW + seq, "poll": poll, "tables": [table]})


JOURNAL = [entry(seq) for seq in range(3)]
POINTS = [
    point
    for seq in range(3)
    for point in (
        Found("poll", TAGS, NOW + seq, {"outcome": 0, "took_ms": 4.0, "requests": 1}),
        Found("interface", (*TAGS, ("if_name", "ge0")), NOW + seq, {"in_bps": 1.5}),
    )
]
GOOD = [
    *POINTS,
    Found("network", (), NOW, {**NETWORK}),
    Found("availability", (("scope", "site"),), NOW, {"up_s": 59.5, "down_s": 0, "unknown_s": 0.5}),
    Found("status", (("scope", "site"),), NOW, {"status": 4}),
]


def test_a_database_that_holds_the_journal_and_rows_that_add_up_is_clean() -> None:
    verdict = judge("a", JOURNAL, {}, GOOD)
    assert verdict.is_clean
    assert (verdict.expected, verdict.found, verdict.derived_found) == (6, 6, 3)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (GOOD[1:], ("lost", 1)),
        (GOOD[2:], ("lost", 2)),
        ([*GOOD, GOOD[0]], ("duplicated", 1)),
        ([*GOOD, replace(GOOD[0], tags=(*TAGS, ("vendor", "v")))], ("duplicated", 1)),
        ([*GOOD, replace(GOOD[0], time=NOW + 9)], ("forged", 1)),
        ([*GOOD, replace(GOOD[0], measurement="pol")], ("forged", 1)),
        ([*GOOD, replace(GOOD[1], tags=(*TAGS, ("if_name", "ge1")))], ("forged", 1)),
        ([replace(GOOD[0], fields={**GOOD[0].fields, "took_ms": 5.0}), *GOOD[1:]], ("forged", 1)),
        ([replace(GOOD[0], fields={**GOOD[0].fields, "more": 1}), *GOOD[1:]], ("forged", 1)),
        ([replace(GOOD[0], fields={"outcome": 0}), *GOOD[1:]], ("lost", 1)),
        ([*POINTS, Found("network", (), NOW, {**NETWORK, "sites": 4})], ("derived", 1)),
        ([*POINTS, Found("network", (), NOW, {**NETWORK}), Found("network", (), NOW, {**NETWORK})], ("derived", 1)),
        ([*POINTS, Found("network", (), NOW - 600_000, {**NETWORK})], ("derived", 1)),
        ([*POINTS, Found("availability", (("scope", "site"),), NOW, {"up_s": 59.0})], ("derived", 1)),
        ([*POINTS, Found("status", (("scope", "site"),), NOW, {"status": 5})], ("derived", 1)),
    ],
)
def test_each_kind_of_wrong_is_found_and_called_by_its_name(rows: list[Found], found: tuple[str, int]) -> None:
    verdict = judge("a", JOURNAL, {}, rows)
    names = ("lost", "duplicated", "forged", "derived")
    assert {name: len(getattr(verdict, name)) for name in names if getattr(verdict, name)} == dict([found])


def test_a_number_may_differ_by_what_the_database_cannot_keep_and_by_no_more() -> None:
    nearly = [GOOD[0], replace(GOOD[1], fields={"in_bps": 1.5 * (1 + 5e-13)}), *GOOD[2:]]
    assert judge("a", JOURNAL, {}, nearly, is_victoria=True).is_clean
    assert judge("a", JOURNAL, {}, nearly).forged
    further = [GOOD[0], replace(GOOD[1], fields={"in_bps": 1.5 * (1 + 5e-12)}), *GOOD[2:]]
    assert judge("a", JOURNAL, {}, further, is_victoria=True).forged


def test_an_excused_batch_may_be_absent_and_may_not_be_wrong() -> None:
    excused = {BOOT: [[0, 0]]}
    assert judge("a", JOURNAL, excused, GOOD[2:]).is_clean
    assert judge_books(merged([book(stored=[[1, 2]], missing=[[0, 0]])]), JOURNAL, excused) == []
    assert judge("a", JOURNAL, excused, [replace(GOOD[0], fields={"outcome": 1}), *GOOD[2:]]).forged


def book(**changed: list[list[int]]) -> dict[str, object]:
    """A row of `mangrove ledger --json` of which all is settled, but for what is given."""
    whole = {name: [[0, 2]] for name in ("produced", "seen", "stored")}
    empty: dict[str, list[list[int]]] = {name: [] for name in ("refused", "dropped", "earlier", "held", "spooled")}
    return {"boot": BOOT, "missing": changed.pop("missing", []), "sets": {**whole, **empty, **changed}}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], [f"{BOOT}: {number} is not settled" for number in range(3)]),
        ([book(stored=[[0, 1]])], [f"{BOOT}: 2 is not settled"]),
        ([book(stored=[[0, 3]])], [f"{BOOT}: 3 was never produced"]),
        (
            [book(stored=[[0, 0], [2, 2]], spooled=[[1, 1]])],
            [f"{BOOT}: 1 is not settled", f"{BOOT}: 1 is still spooled"],
        ),
        ([book(stored=[[1, 2]], missing=[[0, 0]])], [f"{BOOT}: 0 is not settled", f"{BOOT}: 0 is missing"]),
    ],
)
def test_books_are_held_against_the_journal(rows: list[dict[str, object]], words: list[str]) -> None:
    assert judge_books(merged(rows), JOURNAL, {}) == words


def test_books_of_before_add_what_they_settled_and_not_what_they_called_spooled() -> None:
    before = book(stored=[[0, 0]], spooled=[[1, 2]])
    assert judge_books(merged([before, book(stored=[[1, 2]])]), JOURNAL, {}) == []
    assert merged([before])[BOOT] == Book({0, 1, 2}, {0, 1, 2}, {0}, set(), {1, 2}, set())
    assert numbers([[0, 1], [4, 4]]) == {0, 1, 4}


def test_the_oracle_imports_nothing_of_the_product() -> None:
    program = "import json, sys, system.judge; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    rooms = {"agents", "collector", "contract", "dashboards", "mangrove", "simulator"}
    assert rooms.isdisjoint(json.loads(done.stdout))
