"""A screen's lines: sections share what there is, tables are as wide as they must be."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from mangrove.demo.lines import Column, Section, fit, line, table

SECTIONS = st.lists(
    st.builds(lambda name, count, least: (name, count, least), st.text("abc", max_size=3), *[st.integers(0, 9)] * 2)
)


def section(name: str, count: int, least: int) -> Section:
    return Section([Text(f"{name}{number}") for number in range(count)], least)


@given(SECTIONS, st.integers(0, 60))
def test_no_more_lines_are_shown_than_there_are_and_none_is_left_empty_while_something_waits(
    given: list[tuple[str, int, int]], lines: int
) -> None:
    sections = [section(*one) for one in given]
    assert len(fit(sections, lines)) == min(lines, sum(len(one.lines) for one in sections))


def test_first_each_has_its_least_then_the_first_have_more() -> None:
    sections = [section("a", 5, 2), section("b", 4, 1), section("c", 3, 0)]
    shown = [str(text) for text in fit(sections, 6)]
    assert shown == ["a0", "a1", "a2", "a3", "a4", "b0"]
    assert [str(text) for text in fit(sections, 2)] == ["a0", "a1"]
    assert len(fit(sections, None)) == 12


def test_a_table_drops_what_is_not_needed_where_there_is_no_room_and_then_stands_closer() -> None:
    columns = [
        Column("xã", [("Đất Mũi", ""), ("Năm Căn", "")], is_left=True),
        Column("4G", [("1/1", ""), ("10/10", "")]),
        Column("rest", [("x", ""), ("y", "")], needed=False),
    ]
    assert [str(row) for row in table(columns, 20)] == [
        "xã          4G  rest",
        "Đất Mũi    1/1     x",
        "Năm Căn  10/10     y",
    ]
    assert next(str(row) for row in table(columns, 19)) == "xã          4G"
    assert next(str(row) for row in table(columns, 13)) == "xã         4G"


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_the_rows_of_a_table_are_equally_wide_whatever_is_in_them(texts: list[str]) -> None:
    rows = table([Column("h", [(text, "") for text in texts], is_left=True), Column("n", [("1", "")] * len(texts))], 80)
    assert len({cell_len(str(row)) for row in rows}) == 1


def test_a_line_shows_no_escapes() -> None:
    assert str(line(("a\x1b[2J\n", "bold"))) == r"a\x1b[2J\n"
