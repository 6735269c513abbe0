"""What objects may be is guessed from their types and values, with the reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.snmp import names
from agents.snmp.varbinds import Varbind
from mangrove.draft.groups import Group
from mangrove.draft.guess import Fact, Field, guess
from mangrove.draft.tags import OTHERS, others, tag
from mangrove.words import words

NAME = (1, 3, 6, 1, 4, 1, 32473, 1)


def of(tag_: int, *values: int | bytes) -> Field | Fact:
    return guess([Varbind((*NAME, i), tag_, value) for i, value in enumerate(values)])


@pytest.mark.parametrize(
    ("tag_", "values", "name", "unit", "scale", "sentinels"),
    [
        (names.INTEGER, (531, 540), "volts", "V", 0.1, ()),
        (names.INTEGER, (5310, 5400, 2147483647), "volts", "V", 0.01, (2147483647,)),
        (names.GAUGE32, (53_500,), "volts", "V", 0.001, ()),
        (names.INTEGER, (2290, 2310), "volts", "V", 0.1, ()),
        (names.INTEGER, (229, 231), "volts", "V", 1.0, ()),
        (names.INTEGER, (499, 501), "hertz", "Hz", 0.1, ()),
        (names.INTEGER, (-61, -74), "dbm", "dB{mW}", 1.0, ()),
        (names.INTEGER, (-730, -990), "dbm", "dB{mW}", 0.01, ()),
        (names.INTEGER, (35, 42, -999_999), "value", "1", 1.0, (-999_999,)),
        (names.INTEGER, (12, 90, -1), "value", "1", 1.0, (-1,)),
        (names.INTEGER, (-1, -7, 5), "value", "1", 1.0, ()),
        (names.GAUGE32, (0, 65_535), "value", "1", 1.0, (65_535,)),
        (names.GAUGE32, (60_000, 65_535), "value", "1", 1.0, ()),
        (names.GAUGE32, (1, 2), "value", "1", 1.0, ()),
        (names.INTEGER, (0, 5310, 5320), "volts", "V", 0.01, ()),
        (names.INTEGER, (3208, 3300), "volts", "V", 0.001, ()),
        (names.GAUGE32, (1000, 640), "pct", "%", 0.1, ()),
        (names.INTEGER, (0, 8, 5), "value", "1", 1.0, ()),
        (names.INTEGER, (0, 0), "value", "1", 1.0, ()),
        (names.TIME_TICKS, (1, 2), "seconds", "s", 0.01, ()),
        (names.OCTET_STRING, (b"54.01",), "volts", "V", 1.0, ()),
        (names.OCTET_STRING, (b"12.5 A", b"0 A"), "amperes", "A", 1.0, ()),
        (names.OCTET_STRING, (b"267", b""), "value", "1", 1.0, ()),
    ],
)
def test_a_number_is_a_gauge_with_the_unit_that_its_values_look_like(
    tag_: int, values: tuple[int | bytes, ...], name: str, unit: str, scale: float, sentinels: tuple[int, ...]
) -> None:
    found = of(tag_, *values)
    assert isinstance(found, Field)
    assert (found.name, found.kind, found.unit, found.scale, found.sentinels) == (name, "gauge", unit, scale, sentinels)
    assert found.why


@pytest.mark.parametrize(
    ("tag_", "bits", "values"), [(names.COUNTER32, 32, (1, 2**32 - 1)), (names.COUNTER64, 64, (2**64 - 1,))]
)
def test_a_counter_is_a_rate_of_its_bits(tag_: int, bits: int, values: tuple[int, ...]) -> None:
    found = of(tag_, *values)
    assert isinstance(found, Field)
    assert (found.kind, found.rate, found.unit) == ("gauge", bits, "/s")


def test_few_small_numbers_are_a_state() -> None:
    found = of(names.INTEGER, 1, 3, 1, 2)
    assert isinstance(found, Field)
    assert (found.kind, found.states) == ("state", (1, 2, 3))


@pytest.mark.parametrize(
    ("tag_", "values"),
    [
        (names.OCTET_STRING, (b"Rectifier 1",)),
        (names.OCTET_STRING, (b"141571185254",)),
        (names.OCTET_STRING, (b"007", b"008")),
        (names.OCTET_STRING, (b"5 V", b"5 A")),
        (names.OCTET_STRING, (b"",)),
        (names.OCTET_STRING, (b"\xff\x00",)),
        (names.IP_ADDRESS, (b"\x0a\0\0\1",)),
        (names.OPAQUE, (b"\x01",)),
    ],
    ids=["a name", "a serial number", "leading zeros", "two units", "nothing", "octets", "an address", "an Opaque"],
)
def test_what_is_no_number_is_a_fact_and_no_field(tag_: int, values: tuple[bytes, ...]) -> None:
    assert isinstance(of(tag_, *values), Fact)


NUMBERS = st.integers(-(2**31), 2**31 - 1) | st.sampled_from([-1, 65_535, 2**31 - 1, -999_999])


@given(st.lists(NUMBERS, min_size=1, max_size=8))
def test_every_guess_has_a_reason_in_both_languages_and_leaves_no_value_that_it_does_not_name(some: list[int]) -> None:
    found = of(names.INTEGER, *some)
    assert isinstance(found, Field)
    for why in found.why:
        assert all(words().word(why.key, language, **why.places) for language in ("en", "vi"))
    assert set(found.sentinels) <= set(some)
    if found.kind == "state":
        assert set(found.states) == set(some)


@given(st.lists(st.binary(max_size=12), min_size=1, max_size=4))
def test_no_text_breaks_it(some: list[bytes]) -> None:
    assert of(names.OCTET_STRING, *some)


def group(**columns: list[bytes]) -> Group:
    """A table whose columns are texts, by their numbers."""
    return Group(
        NAME,
        scalar=False,
        columns={
            int(number[1:]): {(i,): Varbind((*NAME, int(number[1:]), i), names.OCTET_STRING, value)
                              for i, value in enumerate(values, 1)}
            for number, values in columns.items()
        },
    )  # fmt: skip


def test_the_first_text_that_tells_the_rows_apart_is_the_tag() -> None:
    table = group(c2=[b"Module", b"Module"], c3=[b"1.0", b"2.0"], c4=[b"Rectifier 1", b"Rectifier 2"])
    assert tag(table, table.indices(), {}).oid == (*NAME, 4)


def test_a_table_with_the_index_of_interfaces_is_named_by_them() -> None:
    table = group(c2=[b"x", b"x"])
    walk = [Varbind((*OTHERS[0][1], i), names.OCTET_STRING, f"GE0/{i}".encode()) for i in (1, 2, 3)]
    found = tag(table, table.indices(), others(walk))
    assert (found.name, found.oid) == ("if_name", OTHERS[0][1])
    assert tag(table, [(1,), (9,)], others(walk)).oid is None
