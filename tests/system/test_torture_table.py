"""The table at the end of `make torture`."""

from system.torture_table import Row, TortureTable, lines, row

ROWS = (
    Row("SIGKILL of the agent", 5, 0, 0, 0, (0.4, 2.0, 0.6)),
    Row("truncated segment", 900, 0, 0, 0, ()),
    Row("SIGKILL of the agent", 1, 2, 3, 4, (9.0,)),
)


def test_rows_of_one_fault_are_one_line_and_the_last_line_is_the_sum() -> None:
    assert lines(ROWS) == [
        "fault                 times  lost  duplicated  forged  median s  worst s",
        "SIGKILL of the agent      6     2           3       4       1.3      9.0",
        "truncated segment       900     0           0       0         -        -",
        "sum                     906     2           3       4       1.3      9.0",
    ]


def test_without_rows_there_is_no_table() -> None:
    assert lines([]) == []


def test_a_row_is_the_same_after_its_way_through_a_report() -> None:
    table = TortureTable([])
    table.add("cut", 3, 0, 1, 2, [0.5])
    ((_, value),) = table.properties
    assert isinstance(value, tuple)
    assert row(list(value)) == row(value) == Row("cut", 3, 0, 1, 2, (0.5,))
