"""How decoded tables differ from what was expected: every difference, and no other."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.batch import Table
from mangrove.profile_compare import Rows, as_rows, differences, parse

cells = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
tables = st.dictionaries(
    st.sampled_from(["interface", "storage"]),
    st.dictionaries(st.text(max_size=4), st.dictionaries(st.sampled_from("abc"), cells), max_size=3).map(
        lambda rows: [{"name": name, **fields} for name, fields in rows.items()]
    ),
)


@given(tables)
def test_what_is_written_as_json_and_read_back_does_not_differ(rows: Rows) -> None:
    assert differences(parse(json.dumps(rows)), rows) == []


@given(tables, tables)
def test_two_differ_just_where_one_has_what_the_other_has_not(one: Rows, other: Rows) -> None:
    assert len(differences(one, other)) == len(differences(other, one))
    there = {(name, json.dumps(row, sort_keys=True)) for name, rows in one.items() for row in rows}
    here = {(name, json.dumps(row, sort_keys=True)) for name, rows in other.items() for row in rows}
    if there == here:
        assert differences(one, other) == []


def test_each_difference_is_named_by_row_and_field() -> None:
    expected: Rows = {"interface": [{"if_name": "a", "oper_status": 1, "in_bps": 5.0}, {"if_name": "gone", "x": 1}]}
    found: Rows = {"interface": [{"if_name": "a", "oper_status": 2, "out_bps": 1}], "system": [{"uptime_s": 1}]}
    assert differences(expected, found) == [
        "interface[if_name=a].oper_status: 1 -> 2",
        "interface[if_name=a].in_bps: 5.0 -> -",
        "interface[if_name=a].out_bps: - -> 1",
        "- interface[if_name=gone]",
        "+ system",
    ]


def test_the_last_digits_of_a_float_are_no_difference() -> None:
    assert differences({"m": [{"x": 0.3}]}, {"m": [{"x": 0.1 + 0.2}]}) == []


def test_no_value_is_no_key() -> None:
    table = Table(measurement="interface", tags=["if_name"], fields=["a", "b"], rows=[["eth0", None, 1]])
    assert as_rows([table, table]) == {"interface": [{"if_name": "eth0", "b": 1}] * 2}


@pytest.mark.parametrize("text", ["", "[]", '{"m": 1}', '{"m": [{"x": null}]}', '{"m": [{"x": [1]}]}'])
def test_what_is_no_such_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        parse(text)
