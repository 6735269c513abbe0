"""What a number of a device means: conditions, decibels, constants, shares of a sum."""

import math
from dataclasses import replace

import pytest
from agents.snmp_values import Value, found, integer, octets, read
from hypothesis import given
from hypothesis import strategies as st

from agents.decode import decode
from agents.rate import Counters
from agents.snmp.oids import Oid
from agents.snmp.varbinds import encode_name
from contract.profile import Profile
from contract.profiles import parse_profiles

TABLE: Oid = (1, 3, 6, 1, 4, 1, 32473, 1)
NAME, KIND, RX, TX, USED, FREE = ((*TABLE, column) for column in range(1, 7))
Row = list[float | int | str | None]

# The optics of some makers: hundredths of dBm, and on old firmware microwatts, which are never below zero.
PROFILE = """
en: x
vi: x
tables:
  - measurement: optics
    tags: {port: {oid: 1.3.6.1.4.1.32473.1.1}}
    columns:
      rx_dbm:
        oid: 1.3.6.1.4.1.32473.1.3
        sentinels: [0, 2147483647]
        scale: 0.001
        decibels: true
        when: [{oid: 1.3.6.1.4.1.32473.1.3, at_least: 1}, {oid: 1.3.6.1.4.1.32473.1.4, at_least: -1}]
        otherwise: {oid: 1.3.6.1.4.1.32473.1.3, scale: 0.01}
"""


def rows(text: str, values: dict[Oid, Value], *, whole: bool = True) -> list[Row]:
    """The rows of the only table."""
    profile: Profile = parse_profiles({"p": text})["p"]
    counters = Counters()
    counters.begin(100, 1000)
    made = decode(read(profile, found(values), whole=whole), counters)
    assert made.complaints == []
    return [row for table in made.tables for row in table.rows]


def port(rx: int, tx: int | None) -> dict[Oid, Value]:
    """One port."""
    values = {(*NAME, 1): octets("ge1"), (*RX, 1): integer(rx)}
    return values if tx is None else values | {(*TX, 1): integer(tx)}


@pytest.mark.parametrize(
    ("rx", "tx", "dbm"),
    [
        (-849, -575, -8.49),
        (257, 300, 10 * math.log10(0.257)),
        (1000, 500, 0.0),
        (1, -1, -30.0),
        (133, -132, 1.33),  # a power below 1 mW beside it is in dBm, and so is this one
        (-4000, 300, -40.0),
        (0, 300, None),
        (2147483647, 300, None),
    ],
)
def test_microwatts_and_hundredths_of_dbm_are_told_apart(rx: int, tx: int, dbm: float | None) -> None:
    made = rows(PROFILE, port(rx, tx))
    assert made == ([] if dbm is None else [["ge1", pytest.approx(dbm)]])


def test_a_condition_on_what_was_asked_for_and_did_not_come_says_nothing_of_the_second_choice() -> None:
    profile = parse_profiles({"p": PROFILE})["p"]
    counters = Counters()
    counters.begin(100, 1000)
    [reading] = read(profile, found(port(257, 300)))
    slots = reading.layout.slots[TX]
    at = slots.start if isinstance(slots, slice) else slots[0]
    tags = reading.tags[:at] + b"\0" + reading.tags[at + 1 :]
    values = [None if place == at else value for place, value in enumerate(reading.values)]
    assert decode([replace(reading, tags=tags, values=values)], counters).tables == []


def test_of_a_cut_reading_nothing_comes_from_a_second_choice() -> None:
    assert rows(PROFILE, port(257, None), whole=False) == []
    assert rows(PROFILE, port(257, 300), whole=False) == [["ge1", pytest.approx(-5.9, abs=0.01)]]


@given(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1))
def test_no_power_of_light_is_beyond_what_its_number_can_say(rx: int, tx: int) -> None:
    for row in rows(PROFILE, port(rx, tx)):
        value = row[1]
        assert isinstance(value, float)
        assert math.isfinite(value)
        assert value == pytest.approx(rx / 100) or value == pytest.approx(10 * math.log10(rx / 1000))


CONDITION = """
en: x
vi: x
tables:
  - measurement: chassis_sensor
    tags: {{sensor: {{oid: 1.3.6.1.4.1.32473.1.1}}}}
    columns:
      celsius: {{oid: 1.3.6.1.4.1.32473.1.3, when: [{{oid: 1.3.6.1.4.1.32473.1.2, {when}}}]}}
"""


@pytest.mark.parametrize(
    ("when", "kind", "counts"),
    [
        ("values: [8, 9]", 9, True),
        ("values: [8, 9]", 7, False),
        ("values: [8, 9]", None, False),
        ("values: [8, 9], absent: true", None, True),
        ("values: [8, 9], absent: true", 7, False),
        ("at_least: 1", 1, True),
        ("at_least: 1", 0, False),
        ("at_least: 1, at_most: 100", 101, False),
        ("at_most: -1, absent: true", None, True),
        ("at_most: -1", None, False),
    ],
)
def test_a_value_counts_only_where_its_condition_holds(when: str, kind: int | None, *, counts: bool) -> None:
    values: dict[Oid, Value] = {(*NAME, 1): octets("a"), (*RX, 1): integer(40)}
    values |= {} if kind is None else {(*KIND, 1): integer(kind)}
    assert rows(CONDITION.format(when=when), values) == ([["a", 40]] if counts else [])


def test_what_cannot_count_is_not_asked_for() -> None:
    profile = parse_profiles({"p": CONDITION.format(when="values: [8]")})["p"]
    values: dict[Oid, Value] = {}
    for index, kind in enumerate([8, 7, 8], start=1):
        values |= {(*NAME, index): octets(f"s{index}"), (*KIND, index): integer(kind), (*RX, index): integer(40)}
    [whole], [cut] = (read(profile, found(values), whole=whole) for whole in (True, False))
    asked = [encode_name((*RX, index)) for index in (1, 2, 3)]
    assert [name for name in asked if name in whole.layout.live] == [asked[0], asked[2]]
    assert [name for name in asked if name in cut.layout.live] == asked


def test_of_a_cut_reading_nobody_knows_what_the_device_lacks() -> None:
    values: dict[Oid, Value] = {(*NAME, 1): octets("a"), (*RX, 1): integer(40)}
    assert rows(CONDITION.format(when="values: [1], absent: true"), values, whole=False) == []


def test_what_a_device_has_but_one_of_has_a_constant_name() -> None:
    text = """
en: x
vi: x
tables:
  - measurement: chassis_sensor
    scalar: true
    tags: {sensor: {constant: board}}
    columns: {celsius: {oid: 1.3.6.1.4.1.32473.1.3, scale: 0.1}}
"""
    assert rows(text, {(*RX, 0): integer(330)}) == [["board", 33.0]]
    assert rows(text, {}) == []


def test_a_share_may_be_one_of_a_sum() -> None:
    text = """
en: x
vi: x
tables:
  - measurement: memory_pool
    tags: {pool: {oid: 1.3.6.1.4.1.32473.1.1}}
    columns:
      used_bytes: {oid: 1.3.6.1.4.1.32473.1.5}
      free_bytes: {oid: 1.3.6.1.4.1.32473.1.6}
    ratios: {used_pct: {of: used_bytes, to: [used_bytes, free_bytes], scale: 100}}
"""
    values: dict[Oid, Value] = {}
    for index, (used, free) in enumerate([(30, 90), (0, 0), (5, None)], start=1):
        values |= {(*NAME, index): octets(f"pool {index}"), (*USED, index): integer(used)}
        values |= {} if free is None else {(*FREE, index): integer(free)}
    assert rows(text, values) == [
        ["pool 1", 30, 90, 25.0],
        ["pool 2", 0, 0, None],
        ["pool 3", 5, None, None],
    ]
