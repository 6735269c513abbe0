"""Messages to values: exactly what the mapping says of them, or a reason that names the place."""

import json
import time

import pytest
from agents.sensors.messages import CABINET, NOW, POWER, SENSORS, assignment, heard, own, power, reason, rows
from hypothesis import given
from hypothesis import strategies as st

from agents.host_clock import Stamp
from agents.sensors.plan import plan
from agents.sensors.strict_json import MAX_PAYLOAD
from agents.sensors.understand import SHOWN_BYTES
from contract.batch import decode, encode

PLAN = plan(assignment(5, *SENSORS))
PLAIN = "topic: t/{k}\nelement: '{k}'\ntables:\n  - measurement: cabinet\n    fields:\n      celsius: "
DAY_MS = 86_400_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ts", "mains", "battery", "v", "on", "soc", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_a_message_is_one_batch_with_a_row_for_each_table_at_its_own_time() -> None:
    batches = heard(PLAN, POWER, power(NOW / 1000 - 2.5, generator={"state": "run", "fuel": 0.72, "hours": 1203.5}))
    assert rows(batches) == {
        "mains": {"present": 1, "volts": 228.1},
        "rectifier": {"status": 1, "volts": 53.9, "amperes": 12.2},
        "battery": {"volts": 53.9, "amperes": -20.1, "celsius": 31.2, "charge_pct": 83.0, "health_pct": 95.0},
        "generator": {"status": 1, "fuel_pct": 72.0, "run_hours": 1203.5},
    }
    [batch] = batches
    assert (batch.kind, batch.device, batch.assignment) == ("sensor", "pw-nam-can-01", "5-abcd")
    assert (batch.time, batch.mono, batch.synced) == (NOW, 7, True)
    assert {tuple(table.times or ()) for table in batch.tables} == {(NOW - 2500,)}
    assert decode(encode(batch)) == batch


def test_what_a_message_leaves_out_has_no_value_and_no_row() -> None:
    said = power(battery={"v": None, "soc": 0.5}, rectifier=None, mains={})
    assert rows(heard(PLAN, POWER, said)) == {
        "battery": {"volts": None, "amperes": None, "celsius": None, "charge_pct": 50.0, "health_pct": None}
    }


@pytest.mark.parametrize(("state", "number"), [("closed", 0), ("open", 1)])
def test_a_word_becomes_the_catalogs_number(state: str, number: int) -> None:
    said = {"time": "2026-11-26T18:00:00.5Z", "temp_c": 34.5, "door": state}
    batches = heard(PLAN, CABINET, said)
    known = {"celsius": 34.5, "humidity_pct": None, "door": number, "smoke": None, "water": None}
    assert rows(batches) == {"cabinet": known}
    assert batches[0].tables[0].times == [NOW + 500]


def test_a_cabinet_tells_of_smoke_water_and_the_towers_light() -> None:
    said = {"time": "2026-11-26T18:00:00Z", "humidity": 71, "smoke": True, "water": False, "tower_light": "fault"}
    assert rows(heard(PLAN, CABINET, said)) == {
        "cabinet": {"celsius": None, "humidity_pct": 71.0, "door": None, "smoke": 1, "water": 0},
        "tower": {"light": 2},
    }


@pytest.mark.parametrize(
    ("field", "said", "value"),
    [
        ("{pointer: ''}", 21.5, 21.5),
        ("{pointer: '', scale: 0.1, offset: -40}", 650, 25.0),
        ("{pointer: /1/v}", [{}, {"v": 3}], 3.0),
        ("{pointer: /a~1b/m~0n/}", {"a/b": {"m~n": {"": 4}}}, 4.0),
        ("{pointer: '', sentinels: [-999, n/a]}", -999.0, None),
        ("{pointer: /v, sentinels: [-999, n/a, 'false']}", {"v": "n/a"}, None),
        ("{pointer: /v, sentinels: ['false']}", {"v": False}, None),
        ("{pointer: /2}", [1, 2], None),
        ("{pointer: /-}", [1, 2], None),
        ("{pointer: /01}", [1, 2], None),
        ("{pointer: /v/v}", {"v": 5}, None),
    ],
)
def test_a_value_is_found_and_converted(field: str, said: object, value: float | None) -> None:
    batches = heard(own(PLAIN + field), "t/a", said)
    if value is None:
        assert "s-1: it has no value at any of " in reason(batches)
    else:
        assert rows(batches) == {"cabinet": {"celsius": value}}


@pytest.mark.parametrize(("said", "number"), [(True, 1), (1, 0), (1.0, 0), ("1", 1), ("true", 1)])
def test_true_is_a_text_and_not_the_number_one(said: object, number: int) -> None:
    enum = "{pointer: /d, enum: {1: 0, '1': 1, 'true': 1}}"
    text = PLAIN.replace("celsius: ", f"door: {enum}")
    assert rows(heard(own(text), "t/a", {"d": said})) == {"cabinet": {"door": number}}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("34", 'temp_c is "34": a number is expected'),
        (True, "temp_c is true: a number is expected"),
        ([1], "temp_c is an array: a plain value is expected"),
        ({}, "temp_c is an object: a plain value is expected"),
        (2**63, "temp_c is a huge number: this is too large"),
        (-(10**4000), "temp_c is a huge number: this is too large"),
        ("\ud800\n" + "x" * 200, 'temp_c is "\\ud800\\n' + "x" * 51 + "...: a number is expected"),
    ],
)
def test_a_value_of_the_wrong_type_refuses_the_message_and_names_its_place(said: object, why: str) -> None:
    at = {"time": "2026-11-26T18:00:00Z", "door": "open", "temp_c": said}
    assert reason(heard(PLAN, CABINET, at)) == f"cab-nam-can-01: /{why}"


@pytest.mark.parametrize("said", ["ajar", 1, None.__class__.__name__, 0.5, True])
def test_a_word_that_the_mapping_does_not_know_is_refused_with_those_that_it_knows(said: object) -> None:
    at = {"time": "2026-11-26T18:00:00Z", "temp_c": 30, "door": said}
    assert reason(heard(PLAN, CABINET, at)).endswith("the mapping knows closed, open")


def test_a_scale_that_leads_to_infinity_is_refused() -> None:
    assert "with its scale this is too large" in reason(heard(own(PLAIN + "{pointer: '', scale: 1e300}"), "t/a", 1e18))


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "it is not JSON: Expecting value"),
        (b"{", "it is not JSON: "),
        (b"{} {}", "it is not JSON: Extra data"),
        (b"\xff", "it is not UTF-8 text at byte 0"),
        (b"\xef\xbb\xbf{}", "it is not JSON: "),
        ('{"ts": 1}'.encode("utf-16"), "it is not UTF-8"),
        (b'{"v": NaN}', "NaN is no number of JSON"),
        (b'{"v": -Infinity}', "-Infinity is no number of JSON"),
        (b'{"v": 1, "v": 2}', 'the key "v" is given twice'),
        (b"[" * 60_000, "it is nested too deeply"),
        (b'{"a":' * 2_900, "it is nested too deeply"),
        (b"[" + b"{}," * 20_000 + b"{}]", "it has more than 3000 objects"),
        (b"1" * 5000, "it is not JSON: Exceeds the limit"),
        (b'"' + b"x" * MAX_PAYLOAD + b'"', "it is larger than 65536 bytes"),
    ],
)
def test_what_is_no_json_is_refused(payload: bytes, why: str) -> None:
    assert reason(heard(PLAN, POWER, payload)).startswith(why)


def test_a_message_of_countless_keys_holds_up_nobody() -> None:
    keys = ",".join(f'"{n:04x}":1' for n in range(6500))
    began = time.process_time()
    assert reason(heard(PLAN, POWER, f'{{{keys},"z":1,"z":2}}'.encode())) == 'the key "z" is given twice'
    assert time.process_time() - began < 0.2


def test_a_reason_is_one_line_whatever_the_mapping_says() -> None:
    mine = own(PLAIN + r'{pointer: "/a\nb\e"}')
    assert reason(heard(mine, "t/a", {})) == r"s-1: it has no value at any of /a\nb\x1b"


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_number_that_no_reader_can_hold_is_refused(number: str) -> None:
    assert "this is too large" in reason(heard(own(PLAIN + "{pointer: /v}"), "t/a", f'{{"v": {number}}}'.encode()))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (None, "it has no time at /ts"),
        ("2026-11-26", '/ts is "2026-11-26": a number is expected'),
        (NOW, "s ahead: check the sensor's clock"),
        (NOW / 1000 + 601, "its time 1795716601.0 is 601 s ahead"),
        (0, "its time 0 is over 29 days old"),
        ((NOW - 29 * DAY_MS) / 1000 - 1, "is over 29 days old"),
        (-(2**62), "is over 29 days old"),
    ],
)
def test_a_time_that_the_collector_would_hold_for_ever_is_refused(said: object, why: str) -> None:
    assert why in reason(heard(PLAN, POWER, power() | {"ts": said}))


def test_an_agent_that_may_be_in_1970_refuses_no_later_time_of_a_sensor() -> None:
    [batch] = heard(PLAN, POWER, power(NOW / 1000), stamp=Stamp(10_000, 7, synced=False))
    assert batch.tables[0].times == [NOW]
    assert "s ahead" in reason(heard(PLAN, POWER, power(NOW / 1000), stamp=Stamp(10_000, 7, synced=True)))


@pytest.mark.parametrize(
    "said", ["2026-11-26", "2026-11-26T18:00:00", "now", 5, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-01:00"]
)
def test_a_time_in_words_needs_its_zone_and_a_possible_year(said: object) -> None:
    assert "time" in reason(heard(PLAN, CABINET, {"time": said, "temp_c": 1}))


@pytest.mark.parametrize(("unit", "said"), [("s", NOW / 1000), ("ms", NOW), ("us", NOW * 1000)])
def test_a_time_is_of_the_unit_that_the_mapping_says(unit: str, said: float) -> None:
    text = f"time: {{pointer: /t, unit: {unit}}}\n" + PLAIN + "{pointer: /v}"
    assert heard(own(text), "t/a", {"t": said, "v": 1})[0].tables[0].times == [NOW]


def test_a_message_without_a_time_of_its_own_is_of_the_moment_when_it_came() -> None:
    plain = own(PLAIN + "{pointer: ''}")
    [batch] = heard(plain, "t/a", 5)
    assert (batch.time, batch.tables[0].times) == (NOW, None)
    assert heard(plain, "t/a", 5, retained=True) == []


def test_a_retained_message_with_a_time_of_its_own_is_of_that_time() -> None:
    [batch] = heard(PLAN, POWER, power(NOW / 1000 - 3600), retained=True)
    assert batch.time == NOW - 3_600_000  # what it is of, for whoever judges how fresh it is
    assert batch.mono == 0  # not by our clock, so that no anchor of ours moves it
    assert batch.tables[0].times == [NOW - 3_600_000]


def test_a_refused_batch_shows_the_beginning_of_the_message_as_text() -> None:
    [batch] = heard(PLAN, "site/nam-can-01/power", b"\xffa" * SHOWN_BYTES)
    assert batch.refused is not None
    assert batch.refused.payload == "\ufffda" * (SHOWN_BYTES // 2)
    assert decode(encode(batch)) == batch


@given(st.binary(max_size=300) | JSON.map(lambda said: json.dumps(said).encode()), st.booleans())
def test_any_bytes_are_a_batch_that_can_be_sent_and_no_error_of_ours(payload: bytes, retained: bool) -> None:
    began = time.process_time()
    for topic in (POWER, CABINET):
        batches = heard(PLAN, topic, payload, retained=retained)
        assert len(batches) == 1
        assert decode(encode(batches[0])) == batches[0]
    assert time.process_time() - began < 1


@given(JSON, JSON, JSON, JSON)
def test_any_values_in_known_places_are_a_batch_that_can_be_sent(
    on: object, v: object, soc: object, ts: object
) -> None:
    said = {"ts": ts, "mains": {"on": on, "v": v}, "battery": {"soc": soc}}
    for given_time in (said, said | {"ts": NOW / 1000}):
        for batch in heard(PLAN, POWER, given_time):
            assert decode(encode(batch)) == batch
            assert batch.refused or batch.device == "pw-nam-can-01"
