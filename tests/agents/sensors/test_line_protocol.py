"""Line protocol: read as InfluxDB reads it, or refused with the line and why; whatever comes, in time."""

import time
from contextlib import suppress

import pytest
from agents.sensors.messages import NOW, assignment, heard, own, reason, rows, sensor
from hypothesis import example, given, settings
from hypothesis import strategies as st
from influxdb_client.client.write.point import Point

from agents.sensors.line_protocol import MAX_LINES, MAX_PAYLOAD, MAX_PIECES, parse
from agents.sensors.plan import plan
from agents.sensors.values import RefusedError
from contract.batch import decode, encode

PLAN = plan(assignment(5, sensor("line-nam-can-01", "site-line")))
TOPIC = "telegraf/nam-can-01/environment"
SITE = f"""\
# what the controller of a site says
mains,host=rtu present=true,volts=228.1 {NOW}000000
rectifier ok=true,volts=53.9,amperes=12i {NOW}000000

battery volts=53.9,amperes=-20.1,celsius=31.2,soc=83,soh=95u {NOW}000000\r
generator state="run",fuel=72,hours=1203.5 {NOW}000000
cabinet celsius=34.5,humidity=71,door="open",smoke=F,water=t {NOW}000000
cabinet celsius=34.75 {NOW + 500}000000
tower light="fault" {NOW}000000
disk,path=/ used=1i {NOW}000000
"""
STRINGS = """time: {pointer: /time, unit: ms}
format: line-protocol
topic: t
element: /tags/site
tables:
  - measurement: ups_input
    line: feed
    tags: {line: /tags/phase}
    fields: {volts: {pointer: /fields/v}, hertz: {pointer: /fields/hz}}
"""
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\"), min_size=1, max_size=8)
VALUES = (
    st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
)


def test_the_lines_of_a_site_are_one_batch_with_each_time() -> None:
    [batch] = heard(PLAN, TOPIC, SITE.encode())
    assert (batch.device, batch.time) == ("line-nam-can-01", NOW)
    assert rows([batch]) == {
        "mains": {"present": 1, "volts": 228.1},
        "rectifier": {"status": 1, "volts": 53.9, "amperes": 12.0},
        "battery": {"volts": 53.9, "amperes": -20.1, "celsius": 31.2, "charge_pct": 83.0, "health_pct": 95.0},
        "generator": {"status": 1, "fuel_pct": 72.0, "run_hours": 1203.5},
        "cabinet": {"celsius": 34.5, "humidity_pct": 71.0, "door": 1, "smoke": 0, "water": 1},
        "tower": {"light": 2},
    }
    cabinet = next(table for table in batch.tables if table.measurement == "cabinet")
    assert cabinet.times == [NOW, NOW + 500]
    assert cabinet.rows[1] == [34.75, None, None, None, None]
    assert decode(encode(batch)) == batch


def test_lines_of_several_sensors_are_a_batch_of_each_and_those_of_others_are_for_others() -> None:
    text = "en: a\nvi: a\n" + STRINGS
    two = plan(assignment(1, sensor("s-1", "mine", "a b"), sensor("s-2", "mine", "c"), mine=text))
    said = f"feed,site=a\\ b,phase=1 v=1 {NOW}\nfeed,site=c,phase=1 v=2 {NOW}\nfeed,site=d,phase=1 v=3 {NOW}\n"
    batches = heard(two, "t", said.encode())
    assert {batch.device: batch.tables[0].rows for batch in batches} == {
        "s-1": [["1", 1.0]],
        "s-2": [["1", 2.0]],
    }
    assert reason(heard(two, "t", f"feed,site=d,phase=1 v=3 {NOW}".encode())).endswith('the key "d"')


def test_lines_of_one_series_and_time_are_one_row_unless_they_differ() -> None:
    mine = own(STRINGS)
    feed = f"feed,site=a,phase=1 v=230 {NOW}\nfeed,site=a,phase=1 hz=50 {NOW}\nfeed,site=a,phase=2 v=231 {NOW}"
    [batch] = heard(mine, "t", feed.encode())
    assert batch.tables[0].rows == [["1", 230.0, 50.0], ["2", 231.0, None]]
    twice = f"feed,site=a,phase=1 v=230 {NOW}\nfeed,site=a,phase=1 v=231 {NOW}"
    assert "s-1: line 2: ups_input.volts is 230.0 and 231.0 at one time" in reason(heard(mine, "t", twice.encode()))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"\xff", "it is not UTF-8 text at byte 0"),
        (b"feed", "line 1: after the measurement, tags such as ,site=a and then a space"),
        (b"\n,site=a v=1", "line 2: it has no measurement"),
        (b"feed,site=a", "line 1: after the measurement"),
        (b"feed,site= v=1", "line 1: a tag has no name or no value"),
        (b"feed,site=a,=b v=1", "line 1: a tag has no name or no value"),
        (b"feed,site=a,site=b v=1", 'line 1: the tag "site" is given twice'),
        (b"feed,site=a v=1,v=2", 'line 1: the field "v" is given twice'),
        (b"feed,site=a v=1,", "line 1: fields such as"),
        (b"feed,site=a v=", "line 1: fields such as"),
        (b'feed,site=a v="1', "line 1: fields such as"),
        (b"feed,site=a v=1 2 3", "line 1: fields such as"),
        (b"feed,site=a v=1 1.5", "line 1: fields such as"),
        (b"feed,site=a v=NaN", 'line 1: "NaN" is no value'),
        (b"feed,site=a v=1e", 'line 1: "1e" is no value'),
        (b"feed,site=a v=0x10", 'line 1: "0x10" is no value'),
        (b"feed,site=a v=9223372036854775808i", "is beyond 64 bits"),
        (b"feed,site=a v=18446744073709551616u", "is beyond 64 bits"),
        (b"other v=1", "it has no line of feed"),
        (b"", "it has no line of feed"),
        (b"feed v=1", "line 1: it has nothing at /tags/site"),
        (b"feed,site=a,phase=1 v=1", "s-1: line 1: it has no time at /time"),
        (b"feed,site=a,phase=1 v=1 1", "s-1: line 1: its time 1 is over 29 days old"),
        (f"feed,site=a,phase=1 x=1 {NOW}".encode(), "s-1: it has no value at any of /fields/v, /fields/hz"),
        (f"feed,site=a v=1 {NOW}".encode(), "s-1: line 1: it has nothing at /tags/phase"),
        (f'feed,site=a,phase=1 v="1" {NOW}'.encode(), 's-1: line 1: /fields/v is "1": a number is expected'),
        (f"feed,site=a,phase=1 v=1e999 {NOW}".encode(), "s-1: line 1: /fields/v is Infinity: this is too large"),
        (b"#\n" * (MAX_LINES + 1), f"it has more than {MAX_LINES} lines"),
        (b"feed " + b",".join(b"v%d=1" % n for n in range(MAX_PIECES + 1)), f"more than {MAX_PIECES} tags and f"),
        (b" " * (MAX_PAYLOAD + 1), f"it is larger than {MAX_PAYLOAD} bytes"),
    ],
)
def test_what_is_wrong_is_refused_with_the_line(said: bytes, why: str) -> None:
    assert why in reason(heard(own(STRINGS), "t", said))


def test_a_time_whose_unit_the_mapping_does_not_say_is_refused() -> None:
    plain = own(STRINGS.partition("\n")[2])
    assert "does not say of which unit" in reason(heard(plain, "t", f"feed,site=a,phase=1 v=1 {NOW}".encode()))
    [batch] = heard(plain, "t", b"feed,site=a,phase=1 v=1")
    assert (batch.time, batch.tables[0].times) == (NOW, None)
    assert heard(plain, "t", b"feed,site=a,phase=1 v=1", retained=True) == []


@pytest.mark.parametrize(("unit", "each"), [("s", 1000), ("ms", 1), ("us", 1e-3), ("ns", 1e-6)])
def test_a_time_is_of_the_unit_that_the_mapping_says(unit: str, each: float) -> None:
    said = f"feed,site=a,phase=1 v=1 {round(NOW / each)}".encode()
    [batch] = heard(own(STRINGS.replace("unit: ms", f"unit: {unit}")), "t", said)
    assert batch.tables[0].times == [NOW]


def test_names_and_strings_are_read_with_their_escapes() -> None:
    said = 'a\\ b\\,c=d,k\\=1=v\\,2\\ x,w=c:\\dir f\\ 1="say \\"1\\", \\\\ \\n",g="" 5'
    [line] = parse(said.encode()).lines
    assert line.measurement == "a b,c=d"
    assert line.document == {
        "tags": {"k=1": "v,2 x", "w": "c:\\dir"},
        "fields": {"f 1": 'say "1", \\ \\n', "g": ""},
        "time": 5,
    }


def test_a_string_may_have_lines_commas_and_hashes_of_its_own() -> None:
    lines = parse(b'm f="a\n# b,c=1",g=1i\nm f=2').lines
    assert [line.document["fields"] for line in lines] == [{"f": "a\n# b,c=1", "g": 1}, {"f": 2.0}]


@given(
    NAMES.filter(lambda name: not name.startswith("#")),  # such a line would be a comment
    st.dictionaries(NAMES, NAMES, max_size=3),
    st.dictionaries(NAMES, VALUES, min_size=1),
    st.integers(0, 2**62),
)
def test_what_influxdbs_client_writes_is_read_as_it_was(
    measurement: str, tags: dict[str, str], fields: dict[str, object], at: int
) -> None:
    point = Point(measurement).time(at)  # type: ignore[no-untyped-call]
    for name, tag in tags.items():
        point.tag(name, tag)
    for name, value in fields.items():
        point.field(name, value)
    [line] = parse(point.to_line_protocol().encode()).lines
    assert line.measurement == measurement
    assert line.document == {"tags": tags, "fields": fields, "time": at}


SOUP = st.lists(
    st.sampled_from(["m", "v", "=", ",", " ", "\\", '"', "\n", "#", "1", "i", "u", ".", "e", "-", "t", "\r", "é", "\0"])
    | st.text(max_size=2)
).map("".join)


@settings(deadline=None)
@given(SOUP.map(str.encode) | st.binary(max_size=200))
@example(b"\\")
@example(b'm v="\\')
def test_any_bytes_are_lines_or_refused_and_cost_little_when_repeated(some: bytes) -> None:
    for payload in (some, (some * (MAX_PAYLOAD // max(1, len(some))))[:MAX_PAYLOAD]):
        best = min(_cost_s(payload) for _ in range(3))
        assert best < 0.02  # see test_costs.py for the true bound
        batches = heard(PLAN, TOPIC, payload)
        assert all(decode(encode(batch)) == batch for batch in batches)


def _cost_s(payload: bytes) -> float:
    began = time.process_time()
    with suppress(RefusedError):
        parse(payload)
    return time.process_time() - began
