"""Tables and scalars are found in a walk by the form of its OIDs, and nothing is lost or told twice."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.snmp import names
from agents.snmp.oids import Oid, oid
from agents.snmp.varbinds import Varbind
from mangrove.draft.groups import Group, groups

MAKER = "1.3.6.1.4.1.32473"  # RFC 5612: of examples
INTEGER, TEXT = names.INTEGER, names.OCTET_STRING


def walk(*lines: str | Iterable[str]) -> list[Varbind]:
    """Objects below the maker's number; a text in capitals is a text, all else an integer."""
    out = [line for some in lines for line in ([some] if isinstance(some, str) else some)]
    found = [(oid(f"{MAKER}.{name}"), said) for name, _, said in (line.partition("=") for line in out)]
    return [
        Varbind(name, TEXT, said.encode()) if said.isupper() else Varbind(name, INTEGER, int(said or 7))
        for name, said in sorted(found)
    ]


def table(entry: str, columns: dict[int, str], indices: Iterable[str]) -> list[str]:
    return [f"{entry}.{column}.{index}={said}" for column, said in columns.items() for index in indices]


def shapes(some: list[Group]) -> list[tuple[str, bool, list[int], int]]:
    """Each group: below the maker, whether of scalars, its columns, its rows."""
    depth = len(oid(MAKER))
    return [(".".join(map(str, one.oid[depth:])), one.scalar, sorted(one.columns), len(one.indices())) for one in some]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (table("1.2.1", {1: "1", 2: "A", 3: "5"}, "123"), [("1.2.1", False, [1, 2, 3], 3)]),
        (table("1.2.1", {2: "A", 5: "5"}, ["1.1", "1.2", "2.1"]), [("1.2.1", False, [2, 5], 3)]),
        (["1.1.0", "1.2.0=A", "1.7.0"], [("1", True, [1, 2, 7], 1)]),
        (["1.1.1.0", "1.1.2.0", "1.2.1.0", "1.2.2.0"], [("1.1", True, [1, 2], 1), ("1.2", True, [1, 2], 1)]),
        (table("3.1", {4: "5"}, "12"), [("3.1", False, [4], 2)]),
        (table("3.1", {4: "5"}, ["1.5", "1.6", "2.5", "2.6"]), [("3.1", False, [4], 4)]),
        (table("3.1", {1: "5"}, "123"), [("3.1", False, [1], 3)]),
        (["3.1.0", *table("3.2.1", {1: "5", 2: "6"}, "12")], [("3", True, [1], 1), ("3.2.1", False, [1, 2], 2)]),
        (
            [
                *table("1.1.1.1", {1: "1", 4: "5", 5: "6"}, ["7", "9"]),
                *table("1.2.1.1", {2: "3", 4: "1"}, ["7.1", "7.2"]),
            ],
            [("1.1.1.1", False, [1, 4, 5], 2), ("1.2.1.1", False, [2, 4], 2)],
        ),
        (
            [*table("1.1", {2: "5", 3: "6"}, ["1.1", "1.2", "2.1"]), "1.1.4.1.1"],
            [("1.1", False, [2, 3, 4], 3)],
        ),
        (
            ["9.1.1.1.1.1=1", "9.1.1.1.2.1=4", "9.1.2.1.1.1=1", "9.1.2.1.2.1=4"],
            [("9.1.1.1", False, [1, 2], 1), ("9.1.2.1", False, [1, 2], 1)],
        ),
        (table("4.1", {2: "5"}, ["4.40.1.0", "4.40.1.1", "4.40.2.0", "4.40.2.1"]), [("4.1", False, [2], 4)]),
        (["9=5"], [("", False, [9], 1)]),
    ],
    ids=[
        "a table", "an index of two", "scalars", "two groups of scalars", "one column", "one column, an index of two",
        "the first column alone", "a scalar beside a table", "two tables of numbers below one node",
        "a column with gaps", "two tables alike that show their index", "addresses that end in 0",
        "an object that is not finished",
    ],
)  # fmt: skip
def test_the_form_tells_tables_from_scalars(lines: list[str], expected: list[tuple[str, bool, list[int], int]]) -> None:
    if expected[0][0] == "":
        (only,) = groups(walk(lines))
        assert only.columns
    else:
        assert shapes(groups(walk(lines))) == expected


ARCS = st.integers(0, 4)
OIDS = st.lists(ARCS, min_size=1, max_size=7).map(lambda arcs: (*oid(MAKER), *arcs)) | st.lists(
    ARCS, min_size=1, max_size=9
).map(lambda arcs: (1, 3, *arcs))
WALKS = st.dictionaries(OIDS, st.sampled_from([INTEGER, TEXT]), max_size=60)


@given(WALKS)
def test_every_object_is_in_one_group_under_its_own_name(objects: dict[Oid, int]) -> None:
    said = [Varbind(name, tag, 1 if tag == INTEGER else b"A") for name, tag in sorted(objects.items())]
    found = groups(said)
    again = [
        (*group.column(number), *index)
        for group in found
        for number, column in group.columns.items()
        for index, one in column.items()
        if one.oid == (*group.column(number), *index)
    ]
    assert sorted(again) == [one.oid for one in said]
    assert len({(group.oid, group.scalar) for group in found}) == len(found)


def test_a_walk_of_a_large_device_is_grouped_at_once() -> None:
    lines = [f"{t}.1.{c}.{i}.{j}" for t in range(1, 5) for c in range(1, 20) for i in range(1, 20) for j in (1, 2)]
    assert [len(one.columns) for one in groups(walk(lines))] == [19] * 4
