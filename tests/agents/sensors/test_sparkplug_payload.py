"""The payload: read as protobuf's own library writes it, or refused; whatever comes, bounded."""

import sys
import warnings
from types import ModuleType

import pytest
from agents.sensors.spb import (
    BOOLEAN,
    DATASET,
    DOUBLE,
    FLOAT,
    INT8,
    INT32,
    INT64,
    STRING,
    field,
    metric,
    payload,
    varint,
)
from hypothesis import given
from hypothesis import strategies as st
from servers.sparkplug_node import packages

from agents.sensors.sparkplug.host import rebirth
from agents.sensors.sparkplug.payload import MAX_FIELDS, MAX_METRICS, MAX_NAME, MAX_PAYLOAD, Metric, decode
from agents.sensors.sparkplug.plain import plain
from agents.sensors.values import RefusedError

WHOLE = {1: 8, 2: 16, 3: 32, 4: 64}
NATURAL = {5: 8, 6: 16, 7: 32, 8: 64}
SAID = st.one_of(
    *(st.tuples(st.just(kind), st.integers(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)) for kind, bits in WHOLE.items()),
    *(st.tuples(st.just(kind), st.integers(0, (1 << bits) - 1)) for kind, bits in NATURAL.items()),
    st.tuples(st.just(FLOAT), st.floats(width=32, allow_nan=False)),
    st.tuples(st.just(DOUBLE), st.floats(allow_nan=False)),
    st.tuples(st.just(BOOLEAN), st.booleans()),
    st.tuples(st.sampled_from([12, 14, 15]), st.text(st.characters(exclude_categories=["Cs"]), max_size=8)),
)


@pytest.fixture(scope="module")
def pysparkplug() -> ModuleType:
    """The library that others have written, with protobuf's own."""
    sys.path.append(packages())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pysparkplug as found
    finally:
        sys.path.remove(packages())
    assert isinstance(found, ModuleType)
    return found


@given(
    st.lists(st.tuples(SAID, st.none() | st.integers(0, 2**63), st.integers(0, 2**64 - 1)), max_size=6),
    st.integers(0, 255),
)
def test_what_protobuf_writes_is_read_as_it_was(
    pysparkplug: ModuleType, said: list[tuple[tuple[int, float | str], int | None, int]], seq: int
) -> None:
    metrics = [
        pysparkplug.Metric(at, f"m/{n}", pysparkplug.DataType(kind), value=value, alias=alias)
        for n, ((kind, value), at, alias) in enumerate(said)
    ]
    read = decode(pysparkplug.DBirth(1_700_000_000_000, seq, tuple(metrics)).encode())
    assert (read.timestamp, read.seq, len(read.metrics)) == (1_700_000_000_000, seq, len(said))
    for one, ((kind, value), at, alias), number in zip(read.metrics, said, range(len(said)), strict=True):
        assert (one.name, one.alias, one.timestamp, one.datatype) == (f"m/{number}", alias, at, kind)
        assert plain(one, kind) == value
        assert type(plain(one, kind)) is type(value)


def test_a_request_for_births_is_read_by_others_as_it_is_meant(pysparkplug: ModuleType) -> None:
    asked = pysparkplug.NCmd.decode(rebirth(1_700_000_000_000))
    [one] = asked.metrics
    assert (asked.timestamp, one.name, one.value, one.timestamp) == (
        1_700_000_000_000,
        "Node Control/Rebirth",
        True,
        1_700_000_000_000,
    )


def test_what_we_have_no_use_for_is_skipped_and_another_kind_of_value_is_kept_as_bytes() -> None:
    properties = field(8, 2, b"\xff" * 9) + field(9, 2, b"\xff") + field(5, 0, b"\1") + field(99, 5, bytes(4))
    one = field(2, 2, metric("a", b"\xff\xff", DATASET) + properties)
    read = decode(
        one + field(4, 2, b"uuid") + field(5, 2, b"body") + field(77, 1, bytes(8)) + field(78, 0, varint(2**64 - 1))
    )
    assert read.metrics == [Metric(name="a", datatype=DATASET, kind=17, value=b"\xff\xff")]
    with pytest.raises(RefusedError, match="it is DataSet"):
        plain(read.metrics[0], DATASET)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x08", "cut short"),
        (b"\x12\x05\x0a\x02a", "cut short"),
        (b"\x12\x03\x0a\x02a", "cut short"),
        (b"\x12\x02\x69\x00", "cut short"),
        (b"\x12\x02\x65\x00", "cut short"),
        (b"\x12\x01\x10\x10", "no Sparkplug B"),
        (b"\x32\x09", "cut short"),
        (b"\x08" + b"\xff" * 9 + b"\x7f", "a number has more than 64 bits"),
        (b"\x08" + b"\x80" * 50, "a number has more than 64 bits"),
        (b"\x0a\x01\x00", "its field 1 has the wire type 2"),
        (b"\x12\x02\x12\x00", "field 2 of a metric has the wire type 2"),
        (b"\x13", "field 2 has the wire type 3"),
        (b"\x03", "field 0 with the wire type 3"),
        (b"\x36", "field 6 with the wire type 6"),
        (b"\x18\x80\x02", "its seq 256 is over 255"),
        (field(2, 2, metric("a", 1.0) + metric(None, 2.0)), "a metric has two values"),
        (field(2, 2, field(1, 2, b"\xff")), "a text is not UTF-8"),
        (field(2, 2, field(15, 2, b"\xff")), "a text is not UTF-8"),
        (field(2, 2, metric("a" * (MAX_NAME + 1))), f"has more than {MAX_NAME} letters"),
        (bytes(MAX_PAYLOAD + 1), f"larger than {MAX_PAYLOAD} bytes"),
        (b"\x12\x00" * (MAX_METRICS + 1), f"more than {MAX_METRICS} metrics"),
        (field(2, 2, b"\x10\x01" * (MAX_FIELDS + 1)), f"more than {MAX_FIELDS} fields"),
        (b"\x08\x01" * (MAX_FIELDS + 1), f"more than {MAX_FIELDS} fields"),
    ],
)
def test_what_is_no_payload_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        decode(data)


@pytest.mark.parametrize(
    ("kind", "datatype", "said", "value"),
    [
        (10, INT8, 255, -1),
        (10, INT8, 2**32 - 1, -1),
        (11, INT8, 2**64 - 128, -128),
        (10, INT8, 127, 127),
        (10, INT32, 2**31, -(2**31)),
        (11, INT64, 2**63, -(2**63)),
        (11, 7, 2**32 - 1, 2**32 - 1),
        (11, 13, 1_700_000_000_000, 1_700_000_000_000),
        (10, INT8, 2**32 - 129, None),
        (10, INT8, 300, None),
        (10, 5, 256, None),
        (11, 7, 2**32, None),
        (13, FLOAT, 1.0, None),
        (12, DOUBLE, 1.0, None),
        (14, INT8, True, None),
        (15, BOOLEAN, "true", None),
        (10, None, 1, None),
        (10, 99, 1, None),
        (16, 17, b"", None),
        (16, STRING, b"", None),
    ],
)
def test_a_value_is_of_its_type_or_refused(
    kind: int, datatype: int | None, said: float | str | bytes, value: int | None
) -> None:
    one = Metric(kind=kind, value=said)
    if value is None:
        with pytest.raises(RefusedError, match=r"its value|it is"):
            plain(one, datatype)
    else:
        assert plain(one, datatype) == value


def test_null_is_no_value_whatever_else_is_said() -> None:
    assert plain(decode(payload(metric("a", None, DOUBLE))).metrics[0], DOUBLE) is None
    assert plain(Metric(kind=13, value=1.0, is_null=True), DOUBLE) is None
    assert plain(Metric(), DOUBLE) is None


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from([b"\x12", b"\x0a\x02ab", b"\x10\x01", b"\x18", b"\x69", bytes(8)])).map(b"".join)
)
def test_any_bytes_are_a_payload_or_refused(data: bytes) -> None:
    try:
        read = decode(data)
    except RefusedError:
        return
    assert len(read.metrics) <= len(data)
