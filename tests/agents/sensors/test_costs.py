"""No message costs more than 5 ms for each 100 kB of it, up to 1 MiB: one loop reads those of all sensors."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from agents.cost import cost_s
from agents.sensors.spb import field, metric, varint
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.sensors import line_protocol, strict_json
from agents.sensors.sparkplug import payload
from agents.sensors.sparkplug.host import is_offline
from agents.sensors.values import RefusedError

MOST_S = 0.005
PART = 100_000
SIZES = (60_000, 100_000, 250_000, 1 << 20)
READERS: dict[str, Callable[[bytes], object]] = {
    "json": strict_json.parse,
    "lines": line_protocol.parse,
    "sparkplug": payload.decode,
}


def read(reader: Callable[[bytes], object], data: bytes) -> None:
    """Read or refuse it."""
    with suppress(RefusedError):
        reader(data)


def holds(reader: Callable[[bytes], object], some: bytes) -> None:
    """It must be within the bound, again and again up to each size."""
    for size in SIZES:
        data = (some * (size // max(1, len(some)) + 1))[:size]
        most_s = MOST_S * max(1.0, size / PART)
        assert cost_s(partial(read, reader, data), most_s) < most_s, (size, some[:40])


WORST: dict[str, tuple[str, bytes]] = {
    "many objects": ("json", b"{},"),
    "deep arrays": ("json", b"["),
    "keys": ("json", b'{"' + b'":1,"'.join(b"%d" % n for n in range(9_000)) + b'":1}'),
    "numbers": ("json", b"1.5e-7,"),
    "long numbers": ("json", b"9" * 4_200 + b","),
    "escapes": ("json", b'"\\u00e9",'),
    "short lines": ("lines", b"m v=1\n"),
    "comments": ("lines", b"#\n"),
    "tags": ("lines", b"m" + b"".join(b",t%d=v" % n for n in range(1_900)) + b" v=1"),
    "escapes of names": ("lines", b"\\ "),
    "an open string": ("lines", b'm v="' + b"\\" * 60_000),
    "a name without its value": ("lines", b"m " + b"a" * 60_000),
    "a measurement of backslashes": ("lines", b"\\a" * 30_000),
    "commas": ("lines", b"m,"),
    "empty metrics": ("sparkplug", b"\x12\x00"),
    "short fields": ("sparkplug", field(2, 2, b"\x10\x01" * 30_000)),
    "unknown fields": ("sparkplug", b"\x98\x06\x01"),
    "unknown fields with long keys": ("sparkplug", b"\x80\xdf\x1d\x16\x98i\x84\xa0Q\xd9\xca"),
    "long keys and lengths": ("sparkplug", b"\xfa\x80\x80\x80\x06\x80\x80\x80\x80\x00"),
    "long lengths of metrics": ("sparkplug", field(2, 2, (b"\x7a" + b"\x80" * 8 + b"\x00") * 9_000)),
    "long numbers of metrics": ("sparkplug", field(2, 2, (b"\x18" + varint(2**63)) * 9_000)),
    "metrics as they are": (
        "sparkplug",
        b"".join(field(2, 2, metric(f"a/{n}", 1.5, 10, alias=n, at=1_700_000_000_000 + n)) for n in range(999)),
    ),
    "metrics by alias": (
        "sparkplug",
        b"".join(field(2, 2, metric(None, 1.5, 10, alias=n, at=1_700_000_000_000 + n)) for n in range(999)),
    ),
    "names": ("sparkplug", field(2, 2, field(1, 2, b"a" * 500))),
}


@pytest.mark.parametrize("worst", WORST)
def test_the_worst_messages_cost_little(worst: str) -> None:
    name, some = WORST[worst]
    holds(READERS[name], some)


@settings(max_examples=30)
@given(
    st.binary(min_size=1, max_size=60)
    | st.text('{}[],:"1e\\ =#\nmv\x12\x10\x01', min_size=1, max_size=40).map(str.encode)
)
def test_anything_again_and_again_costs_little(some: bytes) -> None:
    for reader in READERS.values():
        data = (some * (60_000 // len(some) + 1))[:60_000]
        assert cost_s(partial(read, reader, data), MOST_S) < MOST_S


def test_the_state_of_a_host_costs_little() -> None:
    assert cost_s(partial(is_offline, b"[" * 60_000), MOST_S) < MOST_S
