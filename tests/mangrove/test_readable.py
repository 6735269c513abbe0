"""Tables fit the terminal, whatever they hold."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from contract.batch import Table
from contract.catalog import Catalog, load_catalog
from mangrove.changes import Changes
from mangrove.readable import number, readable
from mangrove.shipped import shipped_config
from mangrove.watch import until_next

CATALOG = load_catalog(shipped_config() / "catalog.yaml")
INTERFACE = list(CATALOG.measurement("interface").fields)


def lines(table: Table, width: int, catalog: Catalog = CATALOG) -> list[str]:
    """What a terminal of that width shows."""
    console = Console(width=width)
    with console.capture() as captured:
        for part in readable(table, catalog, width):
            console.print(part)
    return captured.get().splitlines()


@given(
    width=st.integers(60, 220),
    names=st.lists(st.text("abcGE0/", min_size=1, max_size=12), min_size=1, max_size=4),
    value=st.integers(0, 2**63 - 1) | st.none(),
)
def test_every_value_is_shown_whole_within_the_width(width: int, names: list[str], value: int | None) -> None:
    row: list[int | None] = [1, *[value] * (len(INTERFACE) - 1)]
    table = Table(measurement="interface", tags=["if_name"], fields=INTERFACE, rows=[[name, *row] for name in names])
    shown = lines(table, width)
    assert max(map(len, shown)) <= width
    assert "…" not in "".join(shown)
    if value is not None:
        assert sum(line.count(f" {value:,} ") for line in shown) >= len(names)


def test_every_piece_begins_with_the_names_of_its_rows() -> None:
    row: list[float | int | str | None] = ["GE0/0/1", *[1] * len(INTERFACE)]
    table = Table(measurement="interface", tags=["if_name"], fields=INTERFACE, rows=[row])
    pieces = readable(table, CATALOG, 80)
    assert len(pieces) > 2
    assert all(piece.columns[0].header == "if_name" for piece in pieces)
    headers = [str(column.header).split()[0] for piece in pieces for column in piece.columns[1:]]
    assert headers == INTERFACE


def test_a_table_without_tags_says_what_each_field_means() -> None:
    shown = "\n".join(lines(Table(measurement="system", fields=["uptime_s"], rows=[[61.5]]), 100))
    assert "uptime_s [s]" in shown
    assert "61.5" in shown
    assert CATALOG.field("system", "uptime_s").en in shown


@pytest.mark.parametrize(
    ("value", "said"),
    [(1, "1 up"), (7, "7"), (None, ""), (1234567, "1,234,567"), (0.0, "0"), (1234.56, "1,235"), (12.34567, "12.346")],
)
def test_a_number_is_written_for_people(value: float | None, said: str) -> None:
    assert number(value, {1: "up"}) == said


def test_the_next_beat_is_one_that_has_not_passed() -> None:
    assert until_next(100.0, 5.0, 100.5) == pytest.approx(4.5)
    assert until_next(100.0, 5.0, 112.0) == pytest.approx(3.0)


def interfaces(**states: int) -> list[Table]:
    """Ports and their operational states."""
    rows: list[list[float | int | str | None]] = [[name, state, 5.0] for name, state in states.items()]
    return [Table(measurement="interface", tags=["if_name"], fields=["oper_status", "in_bps"], rows=rows)]


def test_a_state_that_changed_stays_marked_and_is_told_with_its_time() -> None:
    changes = Changes(CATALOG)
    polls = [interfaces(eth0=1, eth1=1), interfaces(eth0=2, eth1=1), interfaces(eth0=2, eth1=1)]
    for second, tables in enumerate(polls):
        changes.take(tables, datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC))
    style = changes.style(polls[-1][0])
    row, other = polls[-1][0].rows
    assert style(row, "oper_status") != ""
    assert style(other, "oper_status") == style(row, "in_bps") == ""
    assert [(one.at.second, one.text) for one in changes.latest] == [(1, "eth0 oper_status: 1 up -> 2 down")]
