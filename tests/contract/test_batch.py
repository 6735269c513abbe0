"""Batches: what is encoded is read back the same, and any bytes are a batch or a MalformedError, quickly."""

import contextlib
import json
import math
import struct
import time
import tracemalloc
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contract.batch import (
    MAX_JSON,
    MAX_LISTS,
    Batch,
    MalformedError,
    PollInfo,
    Table,
    TooLargeError,
    Value,
    decode,
    encode,
)

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
INT64 = st.integers(-(2**63), 2**63 - 1)
VALUES = st.none() | INT64 | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
TIMES = st.integers(0, 2**53)
HEAD = b'{"kind":"poll","time":1,"tables":[{"measurement":"m","fields":["f"],"rows":['


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    width = draw(st.integers(0, len(columns) - 1))
    rows = draw(st.lists(st.lists(VALUES, min_size=len(columns), max_size=len(columns)), max_size=4))
    times = draw(st.none() | st.lists(TIMES, min_size=len(rows), max_size=len(rows)))
    return Table(measurement=draw(NAMES), tags=columns[:width], fields=columns[width:], rows=rows, times=times)


POLLS = st.builds(
    PollInfo,
    outcome=st.sampled_from(["ok", "partial", "timeout", "auth", "refused", "unreachable", "error"]),
    took_ms=st.integers(0, 2**31),
    requests=st.integers(0, 100),
    reason=st.text(max_size=20),
)
BATCHES = st.builds(
    Batch,
    kind=st.sampled_from(["poll", "trap", "sensor", "pm", "ping", "self"]),
    device=st.text(max_size=63),
    time=TIMES,
    mono=TIMES,
    synced=st.booleans(),
    assignment=st.text(max_size=80),
    poll=st.none() | POLLS,
    tables=st.lists(tables(), max_size=3),
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(BATCHES)
def test_an_encoded_batch_is_read_back_with_the_same_values_and_types(batch: Batch) -> None:
    back = decode(encode(batch))
    assert back == batch
    assert repr(back) == repr(batch)  # 1 == 1.0, but one is a float for ever


@given(st.binary(max_size=100) | st.text(max_size=60).map(lambda text: (HEAD.decode() + text).encode()))
def test_any_bytes_are_a_batch_or_a_malformed_error(data: bytes) -> None:
    for body in (data, zstandard.compress(data), b"\x28\xb5\x2f\xfd" + data):
        with contextlib.suppress(MalformedError):
            assert isinstance(decode(body), Batch)


@settings(deadline=None)
@given(BATCHES, st.data())
def test_a_damaged_body_is_a_batch_or_a_malformed_error(batch: Batch, data: st.DataObject) -> None:
    body = bytearray(encode(batch))
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MalformedError):
        decode(bytes(body))


def _with(value: bytes) -> bytes:
    return HEAD + value + b"]}]}"


HOSTILE = {
    "a bool": _with(b"[true]"),
    "NaN": _with(b"[NaN]"),
    "infinity": _with(b"[-Infinity]"),
    "infinity by its size": _with(b"[1e999]"),
    "a nested value": _with(b"[[1]]"),
    "an object": _with(b'[{"a":1}]'),
    "a lone surrogate": _with(b'["\\ud800"]'),
    "bytes that are not UTF-8": _with(b'["\xff"]'),
    "an integer of 5,000 digits": _with(b"[" + b"9" * 5000 + b"]"),
    "a row too short": _with(b"[]"),
    "a row too long": _with(b"[1,2]"),
    "no field": b'{"kind":"poll","time":1,"tables":[{"measurement":"m","tags":["a"],"fields":[],"rows":[]}]}',
    "a column named twice": b'{"kind":"poll","time":1,"tables":[{"measurement":"m","fields":["a","a"],"rows":[]}]}',
    "times that do not fit": HEAD + b'[1]],"times":[]}]}',
    "a time over 64 bits": b'{"kind":"poll","time":' + b"9" * 4000 + b"}",
    "a time as text": b'{"kind":"poll","time":"1"}',
    "a time with a fraction": b'{"kind":"poll","time":1.5}',
    "took_ms over 64 bits": b'{"kind":"poll","time":1,"poll":{"outcome":"ok","took_ms":9223372036854775808}}',
    "an unknown key": b'{"kind":"poll","time":1,"agent":"other"}',
    "a key of a megabyte": b'{"kind":"poll","time":1,"' + b"k\\n" * 300_000 + b'":1}',
    "no object": b"[]",
    "nothing": b"",
    "bytes after the frame": zstandard.compress(b'{"kind":"poll","time":1}') + b"x",
    "a frame that is cut": zstandard.compress(b'{"kind":"poll","time":1}' * 9)[:-3],
    "a frame that claims 1 TiB": b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", 1 << 40) + b"\x01\x00\x00",
}
LARGE: dict[str, Callable[[], bytes]] = {  # made where they are used: every run of any test would wait for them
    "a bomb with its size": lambda: zstandard.compress(bytes(1 << 30)),
    "a bomb without its size": lambda: zstandard.ZstdCompressor(write_content_size=False).compress(bytes(64 << 20)),
    "deep lists": lambda: b"[" * (1 << 20),
    "deep objects": lambda: b'{"a":' * 200_000,
    "millions of wrong values": lambda: _with(b"[" + b"true," * 1_600_000 + b"true]"),
    "millions of rows": lambda: _with(b"[]," * 2_700_000 + b"[]"),
    "millions of values": lambda: _with(b"[" + b"1," * 4_000_000 + b"1]"),
    "a million wrong times": lambda: (
        b'{"kind":"pm","time":1,"tables":[{"measurement":"m","fields":["f"],"rows":[],"times":['
        + b"true," * 1_000_000
        + b"1]}]}"
    ),
    "hundreds of thousands of keys": lambda: (
        b'{"kind":"poll","time":1' + b"".join(b',"%x":0' % i for i in range(600_000)) + b"}"
    ),
}


@pytest.mark.parametrize("name", [*HOSTILE, *LARGE])
def test_a_hostile_body_is_malformed_in_bounded_time_memory_and_words(name: str) -> None:
    body = HOSTILE[name] if name in HOSTILE else LARGE[name]()
    began = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(MalformedError) as caught:
            decode(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 8
    assert peak < 40 * MAX_JSON
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()
    assert caught.value.__cause__ is caught.value.__context__ is None or "zstd" in str(caught.value)


def test_a_compressed_bomb_of_wrong_values_is_malformed_in_time() -> None:
    body = zstandard.compress(LARGE["millions of wrong values"]())
    assert len(body) < 2000
    began = time.process_time()
    with pytest.raises(MalformedError, match="valid number"):
        decode(body)
    assert time.process_time() - began < 5


def test_a_batch_that_no_collector_would_unpack_is_not_encoded() -> None:
    rows: list[list[Value]] = [[1] for _ in range(MAX_LISTS)]
    with pytest.raises(TooLargeError, match="lists"):
        encode(Batch(kind="pm", time=1, tables=[Table(measurement="m", fields=["f"], rows=rows)]))
    with pytest.raises(TooLargeError, match="bytes"):
        encode(Batch(kind="pm", time=1, tables=[Table(measurement="m", fields=["f"], rows=[["x" * 65535]] * 130)]))


def test_a_body_is_compressed_only_when_that_is_smaller() -> None:
    assert encode(Batch(kind="ping", time=1)) == b'{"kind":"ping","time":1}'
    large = Batch(kind="pm", time=1, tables=[Table(measurement="m", fields=["f"], rows=[[1.0]] * 1000)])
    assert len(encode(large)) < 200


@pytest.mark.parametrize("value", [math.nan, math.inf, True, b"x", "\ud800"])
def test_a_value_that_could_not_be_sent_is_refused_where_it_is_made(value: float) -> None:
    with pytest.raises(ValidationError):
        Table(measurement="m", fields=["f"], rows=[[value]])


def test_the_reason_names_the_place() -> None:
    with pytest.raises(MalformedError, match=r"^tables\.0\.rows\.1\.0"):
        decode(_with(b"[1],[true]"))
    with pytest.raises(MalformedError, match=r"^kind: "):
        decode(json.dumps({"kind": "guess", "time": 1}).encode())
