"""Golden tables of a made reading."""

import pytest
from agents.snmp_values import IF, IFX, UPTIME, counter32, counter64, integer, made, octets

from agents.decode import decode
from agents.rate import Counters
from agents.reading import Reading
from agents.snmp.errors import BadResponse, SnmpTimeout
from contract.batch import Table
from contract.profile import Profile
from contract.profiles import parse_profiles

PROFILE = """
en: test
vi: test
tables:
  - measurement: system
    scalar: true
    columns:
      uptime_s: {oid: 1.3.6.1.2.1.1.3, scale: 0.01}
  - measurement: interface
    tags:
      if_name: {oid: 1.3.6.1.2.1.31.1.1.1.1, otherwise: 1.3.6.1.2.1.2.2.1.2}
    discontinuity: 1.3.6.1.2.1.31.1.1.1.19
    columns:
      oper_status: {oid: 1.3.6.1.2.1.2.2.1.8, map: {9: 7}}
      speed_bps:
        {oid: 1.3.6.1.2.1.31.1.1.1.15, scale: 1000000, sentinels: [0], otherwise: {oid: 1.3.6.1.2.1.2.2.1.5}}
      in_bps:
        oid: 1.3.6.1.2.1.31.1.1.1.6
        rate: 64
        scale: 8
        otherwise: {oid: 1.3.6.1.2.1.2.2.1.10, rate: 32, scale: 8}
      in_octets: {oid: 1.3.6.1.2.1.31.1.1.1.6, delta: 64, otherwise: {oid: 1.3.6.1.2.1.2.2.1.10, delta: 32}}
"""
FIELDS = ["oper_status", "speed_bps", "in_bps", "in_octets"]


@pytest.fixture(scope="module")
def profile() -> Profile:
    """The profile."""
    return parse_profiles({"test": PROFILE})["test"]


def second(seconds: int, octets_in: int, octets_32: int) -> Reading:
    """Two ports: one with 64 bits and a speed in Mbit/s, one with neither and only an ifDescr."""
    return made(
        seconds,
        {
            (*UPTIME, 0): integer(seconds * 100),
            (*IFX, 1, 1): octets("GE0/0/1"),
            (*IF, 2, 1): octets("GigabitEthernet0/0/1"),
            (*IF, 8, 1): integer(1),
            (*IFX, 15, 1): integer(10_000),
            (*IF, 5, 1): integer(4_294_967_295),
            (*IFX, 6, 1): counter64(octets_in),
            (*IF, 10, 1): counter32(octets_in % 2**32),
            (*IFX, 19, 1): integer(0),
            (*IF, 2, 2): octets("serial0 \0"),
            (*IF, 8, 2): integer(9),
            (*IFX, 15, 2): integer(0),
            (*IF, 5, 2): integer(64_000),
            (*IF, 10, 2): counter32(octets_32),
        },
    )


def table(tables: list[Table], measurement: str) -> Table:
    """The one of that name."""
    return next(table for table in tables if table.measurement == measurement)


def test_two_readings_make_golden_tables(profile: Profile) -> None:
    counters = Counters()
    first = decode([profile], second(100, 10**12, 50), counters)
    assert table(first, "system").rows == [[100.0]]
    assert table(first, "interface").tags == ["if_name"]
    assert table(first, "interface").fields == FIELDS
    assert table(first, "interface").rows == [["GE0/0/1", 1, 1e10, None, None], ["serial0", 7, 64_000, None, None]]
    then = decode([profile], second(110, 10**12 + 5000, 150), counters)
    assert table(then, "interface").rows == [
        ["GE0/0/1", 1, 1e10, 4000.0, 5000],
        ["serial0", 7, 64_000, 80.0, 100],
    ]


def test_rows_of_one_name_are_told_apart_by_their_index(profile: Profile) -> None:
    reading = made(1, {(*IFX, 1, n): octets("eth") for n in (7, 8)} | {(*IF, 8, n): integer(1) for n in (7, 8)})
    (found,) = decode([profile], reading, Counters())
    assert [row[0] for row in found.rows] == ["eth (7)", "eth (8)"]


def test_a_row_without_any_name_has_its_index_and_one_without_values_is_left_out(profile: Profile) -> None:
    reading = made(1, {(*IF, 8, 3): integer(2), (*IFX, 1, 4): octets("no values")})
    (found,) = decode([profile], reading, Counters())
    assert found.rows == [["3", 2, None, None, None]]


def test_a_name_that_is_not_utf_8_is_still_a_name(profile: Profile) -> None:
    reading = made(1, {(*IFX, 1, 3): octets(b"\xff\xfeport" + b"x" * 600), (*IF, 8, 3): integer(2)})
    (found,) = decode([profile], reading, Counters())
    name = found.rows[0][0]
    assert isinstance(name, str)
    assert name.startswith("\ufffd\ufffdport")
    assert len(name) == 512


def cut(reading: Reading, *lost: tuple[int, ...]) -> Reading:
    """The device fell silent before these columns came."""
    reading.error = SnmpTimeout("silent")
    for column in lost:
        del reading.columns[column]
    return reading


def test_of_a_cut_reading_no_row_comes_under_its_second_name(profile: Profile) -> None:
    tables = decode([profile], cut(second(100, 1, 1), (*IFX, 1)), Counters())
    assert [table.measurement for table in tables] == ["system"]


def test_of_a_cut_reading_no_value_comes_from_its_second_choice(profile: Profile) -> None:
    counters = Counters()
    decode([profile], second(100, 1000, 1), counters)
    tables = decode([profile], cut(second(110, 2000, 1), (*IFX, 15), (*IFX, 6)), counters)
    assert table(tables, "interface").rows == [["GE0/0/1", 1, None, None, None]]
    later = decode([profile], second(120, 4000, 1), counters)
    assert table(later, "interface").rows[0] == ["GE0/0/1", 1, 1e10, 1200.0, 3000]


def test_a_device_that_always_complains_about_a_column_keeps_its_second_choices(profile: Profile) -> None:
    reading = second(100, 1, 1)
    reading.error = BadResponse("one column is broken")
    assert len(table(decode([profile], reading, Counters()), "interface").rows) == 2


def test_a_second_choice_is_another_counter(profile: Profile) -> None:
    counters = Counters()
    decode([profile], second(100, 1000, 1), counters)
    other = second(110, 2000, 1)
    other.columns[(*IF, 10)][(1,)] = counter64(999_999).at((*IF, 10, 1))
    del other.columns[(*IFX, 6)]
    assert table(decode([profile], other, counters), "interface").rows[0] == ["GE0/0/1", 1, 1e10, None, None]
