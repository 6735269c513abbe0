"""Tables: what spreadsheets write is read, and what is no table is told with its line."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.config_file import ConfigError
from contract.csv_table import Column, read

QUOTES = "text with a comma or semicolon in it needs quotes around it"
COLUMNS = {"id": Column(needed=True, many=False), "name": Column(needed=False, many=False), "ends": Column(False, True)}


def wrong(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text, "t.csv", COLUMNS)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "text",
    [
        "id,name,ends\na,Cà Mau,x y\nb,,\n",
        "\ufeffid;name;ends\r\na;Cà Mau;x y\r\nb;;\r\n",
        'id,name,ends\n\n a , "Cà Mau",  x   y\n,,\nb,"",',
        "ends,id,name\nx y,a,Cà Mau\n,b,\n\n\n",
    ],
    ids=["plain", "Excel with BOM, semicolons and CRLF", "blanks and empty rows", "columns in another order"],
)
def test_rows_are_read_as_spreadsheets_write_them(text: str) -> None:
    rows, lines = read(text, "t.csv", COLUMNS)
    assert rows == [{"id": "a", "name": "Cà Mau", "ends": ["x", "y"]}, {"id": "b"}]
    assert len(lines) == 2


def test_each_row_has_the_line_on_which_it_begins_also_after_a_cell_of_several_lines() -> None:
    rows, lines = read('id,name\na,"one\ntwo"\n\nb,x\n', "t.csv", COLUMNS)
    assert [row["id"] for row in rows] == ["a", "b"]
    assert lines == [2, 5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["t.csv: has no first row with the names of columns: id, name, ends"]),
        ("id,nmae\na,b\n", ["t.csv:1: nmae is not a known column (did you mean name?)"]),
        ("id,id\na,b\n", ["t.csv:1: column id is given twice"]),
        ("id,\na,b\n", ["t.csv:1: column 2 has no name"]),
        ("name\nb\n", ["t.csv:1: column id is missing"]),
        ("id,name\na,b,c\nd\n", [
            f"t.csv:2: has 3 cells where the first row has 2: {QUOTES}",
            "t.csv:3: has 1 cells where the first row has 2",
        ]),
        ('id,name\na,b\nc,"d\ne,f\n', ["t.csv:3: a quote begins here that nothing ends"]),
        ('id,name\na,"b"c\n', ["t.csv:2: is not CSV: ',' expected after '\"'"]),
        ("id,name\na,\x00\n", ["t.csv:2: has a character that is not text: save the table as CSV UTF-8"]),
        ("id,name\na," + "x" * 200_000, ["t.csv:2: is not CSV: field larger than field limit (131072)"]),
    ],
    ids=["empty", "unknown", "twice", "unnamed", "missing", "cells", "open quote", "text after a quote", "NUL", "huge"],
)  # fmt: skip
def test_what_is_no_table_is_told_with_its_line(text: str, said: list[str]) -> None:
    assert wrong(text) == said


@given(st.text(alphabet=st.sampled_from('id,name;ends"\n\r \x00aà\ufeff'), max_size=200))
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(ConfigError):
        rows, lines = read(text, "t.csv", COLUMNS)
        assert len(rows) == len(lines)
