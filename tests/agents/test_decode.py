"""Golden tables of a made reading."""

import struct
from collections.abc import Mapping

import pytest
from agents.snmp_values import IF, IFX, UPTIME, Value, counter32, counter64, found, integer, octets, read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.decode import decode
from agents.rate import Counters
from agents.snmp import names
from agents.snmp.oids import Oid
from contract.batch import Table
from contract.profile import Profile
from contract.profiles import parse_profiles
from contract.tag_text import clean

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


def ports(octets_in: int, octets_32: int) -> dict[Oid, Value]:
    """Two ports: one with 64 bits and a speed in Mbit/s, one with neither and only an ifDescr."""
    return {
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
    }


def poll(
    profile: Profile, counters: Counters, seconds: int, values: Mapping[Oid, Value], *, whole: bool = True
) -> dict[str, Table]:
    """The tables of one poll, so many seconds after the device's start."""
    counters.begin(seconds * 100, seconds * 1000)
    by = found({(*UPTIME, 0): integer(seconds * 100), **values})
    return {table.measurement: table for table in decode(read(profile, by, whole=whole), counters).tables}


def test_two_readings_make_golden_tables(profile: Profile) -> None:
    counters = Counters()
    first = poll(profile, counters, 100, ports(10**12, 50))
    assert first["system"].rows == [[100.0]]
    assert first["interface"].tags == ["if_name"]
    assert first["interface"].fields == FIELDS
    assert first["interface"].rows == [["GE0/0/1", 1, 1e10, None, None], ["serial0", 7, 64_000, None, None]]
    then = poll(profile, counters, 110, ports(10**12 + 5000, 150))
    assert then["interface"].rows == [["GE0/0/1", 1, 1e10, 4000.0, 5000], ["serial0", 7, 64_000, 80.0, 100]]


def test_rows_of_one_name_are_told_apart_by_their_index(profile: Profile) -> None:
    values = {(*IFX, 1, n): octets("eth") for n in (7, 8)} | {(*IF, 8, n): integer(1) for n in (7, 8)}
    rows = poll(profile, Counters(), 1, values)["interface"].rows
    assert [row[0] for row in rows] == ["eth (7)", "eth (8)"]


def test_a_row_that_is_named_like_another_one_with_its_index_is_told_apart_too(profile: Profile) -> None:
    called = {7: "eth", 8: "eth", 9: "eth (7)"}
    values = {(*IFX, 1, n): octets(name) for n, name in called.items()} | {(*IF, 8, n): integer(1) for n in called}
    rows = poll(profile, Counters(), 1, values)["interface"].rows
    assert [row[0] for row in rows] == ["eth (7) (7)", "eth (8)", "eth (7) (9)"]


_SAID = st.sampled_from(
    ["C:\\", "C:_", "x" * 128, "x" * 300, "x" * 124 + " (2)", "e\u0301", "é", "a\u200b", "a\u200c", ""]
)


@given(st.lists(_SAID | st.text(max_size=140), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_rows_are_told_apart_by_what_a_database_keeps_of_their_names(profile: Profile, said: list[str]) -> None:
    names_of = {(*IFX, 1, n): octets(name.encode(errors="replace")) for n, name in enumerate(said, 1)}
    values = names_of | {(*IF, 8, n): integer(1) for n in range(1, len(said) + 1)}
    tables = poll(profile, Counters(), 1, values)
    kept = [str(row[0]) for row in tables["interface"].rows] if said else []
    assert len(set(kept)) == len(said)
    assert [clean(name) for name in kept] == kept


def test_a_row_without_any_name_has_its_index_and_one_without_values_is_left_out(profile: Profile) -> None:
    values = {(*IF, 8, 3): integer(2), (*IFX, 1, 4): octets("no values")}
    assert poll(profile, Counters(), 1, values)["interface"].rows == [["3", 2, None, None, None]]


def test_a_name_that_is_no_text_is_written_in_hex(profile: Profile) -> None:
    values = {(*IFX, 1, 3): octets(b"\x00\x1a\xff\xfe"), (*IF, 8, 3): integer(2)}
    assert poll(profile, Counters(), 1, values)["interface"].rows[0][0] == "00:1a:ff:fe"


def lost(values: dict[Oid, Value], *columns: Oid) -> dict[Oid, Value]:
    """The device fell silent before these columns came."""
    return {oid: value for oid, value in values.items() if oid[:-1] not in columns}


def test_of_a_cut_reading_no_row_comes_under_its_second_name(profile: Profile) -> None:
    tables = poll(profile, Counters(), 100, lost(ports(1, 1), (*IFX, 1)), whole=False)
    assert tables.keys() == {"system"}


def test_of_a_cut_reading_no_value_comes_from_its_second_choice_and_no_rate(profile: Profile) -> None:
    counters = Counters()
    poll(profile, counters, 100, ports(1000, 1))
    cut = poll(profile, counters, 110, lost(ports(2000, 1), (*IFX, 15), (*IFX, 6)), whole=False)
    assert cut["interface"].rows == [["GE0/0/1", 1, None, None, None]]
    later = poll(profile, counters, 120, ports(4000, 1))
    assert later["interface"].rows[0] == ["GE0/0/1", 1, 1e10, 1200.0, 3000]


def test_a_second_choice_is_another_counter(profile: Profile) -> None:
    counters = Counters()
    poll(profile, counters, 100, ports(1000, 1))
    other = lost(ports(2000, 1), (*IFX, 6)) | {(*IF, 10, 1): counter64(999_999)}
    assert poll(profile, counters, 110, other)["interface"].rows[0] == ["GE0/0/1", 1, 1e10, None, None]


def test_a_number_beyond_all_numbers_is_none_and_costs_the_others_nothing() -> None:
    text = """
en: x
vi: x
tables:
  - measurement: m
    scalar: true
    columns:
      huge: {oid: 1.3.6.1.4.1.1.1, real: true, times: 1.3.6.1.4.1.1.2}
      fine: {oid: 1.3.6.1.4.1.1.2}
    ratios: {share: {of: huge, to: fine}}
"""
    values: dict[Oid, Value] = {
        (1, 3, 6, 1, 4, 1, 1, 1, 0): Value(names.OPAQUE, b"\x9f\x79\x08" + struct.pack(">d", 1e307)),
        (1, 3, 6, 1, 4, 1, 1, 2, 0): integer(1000),
    }
    assert poll(parse_profiles({"m": text})["m"], Counters(), 1, values)["m"].rows == [[None, 1000, None]]


POWER = """
en: x
vi: x
tables:
  - measurement: rectifier
    scalar: true
    columns:
      volts: {oid: 1.3.6.1.4.1.1.1, text: ["", V]}
      state: {oid: 1.3.6.1.4.1.1.2, mask: 3, sentinels: [0], map: {2: 0}}
      phase: {oid: 1.3.6.1.4.1.1.3.1.4.2, instance: true}
      left: {oid: 1.3.6.1.4.1.1.4}
      whole: {oid: 1.3.6.1.4.1.1.5}
      share: {oid: 1.3.6.1.4.1.1.6}
    ratios: {share: {of: left, to: whole, scale: 100}}
  - measurement: phase
    tags: {phase: {}}
    columns:
      volts: {oid: 1.3.6.1.4.1.1.3.1.4}
"""
AT: Oid = (1, 3, 6, 1, 4, 1, 1)


def power(values: Mapping[Oid, Value]) -> dict[str, list[list[object]]]:
    """The rows of what a walk of a power system brings."""
    profile = parse_profiles({"m": POWER})["m"]
    by = found(values)
    for name, oid in profile.tables[0].scalars().items():
        if name in values:
            by[oid] = {(0,): values[name].at(name)}
    return {table.measurement: list(map(list, table.rows)) for table in decode(read(profile, by), Counters()).tables}


def test_a_number_may_be_text_some_bits_or_one_cell_of_a_table() -> None:
    values = {
        (*AT, 1, 0): octets("54.25 V"),
        (*AT, 2, 0): integer(0x106),
        (*AT, 3, 1, 4, 1): integer(229),
        (*AT, 3, 1, 4, 2): integer(231),
    }
    assert power(values) == {"rectifier": [[54.25, 0, 231, None, None, None]], "phase": [["1", 229], ["2", 231]]}


def test_a_text_that_is_no_such_number_and_bits_that_mean_nothing_are_no_values() -> None:
    values = {(*AT, 1, 0): octets("54.25 A"), (*AT, 2, 0): integer(0x104), (*AT, 4, 0): integer(1)}
    assert power(values) == {"rectifier": [[None, None, None, 1, None, None]]}


def test_a_ratio_stands_in_for_a_column_that_has_no_value() -> None:
    of_capacity = {(*AT, 4, 0): integer(30), (*AT, 5, 0): integer(120)}
    assert power(of_capacity)["rectifier"][0][3:] == [30, 120, 25.0]
    assert power({**of_capacity, (*AT, 6, 0): integer(24)})["rectifier"][0][3:] == [30, 120, 24]


def test_an_offset_is_added_after_the_factor_and_each_choice_has_its_own() -> None:
    text = """
en: x
vi: x
tables:
  - measurement: m
    tags: {row: {}}
    columns:
      dbm: {oid: 1.3.6.1.4.1.1.2, scale: 0.002, offset: -30, otherwise: {oid: 1.3.6.1.4.1.1.3, scale: 0.1}}
"""
    base = (1, 3, 6, 1, 4, 1, 1)
    values: dict[Oid, Value] = {
        (*base, 2, 1): integer(5000),
        (*base, 2, 2): integer(0),
        (*base, 3, 3): integer(-250),
    }
    rows = poll(parse_profiles({"m": text})["m"], Counters(), 1, values)["m"].rows
    assert rows == [["1", -20.0], ["2", -30.0], ["3", -25.0]]
