"""Messages of sensors under atheris: some seconds in every run, ten minutes in `make torture`."""

import json
from pathlib import Path

import pytest
from agents.fuzzing import LONG_S, SHORT_S, for_long, fuzz, needs_atheris
from agents.sensors.messages import power
from agents.sensors.spb import PRESENT, STATE, VOLTS, metric, nbirth, ndeath, payload
from agents.sensors.test_line_protocol import SITE

TARGET = Path(__file__).with_name("fuzz_messages.py")
LONGEST = 1 << 20  # of nodes it is several messages of at most 256 KiB; what is longer is refused by its length
PART = b"\xfe\xfd\xfc\xfb"
SEEDS = [
    json.dumps(power()).encode(),
    SITE.encode(),
    PART.join(
        [
            b"\0" + nbirth(VOLTS, PRESENT, STATE),
            b"\1" + payload(metric(None, 230.5, alias=1), metric(None, "off", alias=3), seq=1),
            b"\3" + payload(metric("V", 1.5, 10, alias=9), seq=2),
            b"\4" + payload(metric(None, 1.5, alias=9), seq=4),
            b"\2" + ndeath(),
        ]
    ),
]

pytestmark = needs_atheris


def test_atheris_finds_nothing_in_some_seconds(tmp_path: Path) -> None:
    fuzz(tmp_path, TARGET, SEEDS, SHORT_S, longest=LONGEST)


@pytest.mark.torture
@for_long
def test_atheris_finds_nothing_in_ten_minutes(tmp_path: Path) -> None:
    fuzz(tmp_path, TARGET, SEEDS, LONG_S, longest=LONGEST)


@pytest.mark.torture
@for_long
def test_atheris_finds_nothing_in_messages_as_long_as_they_may_be(tmp_path: Path) -> None:
    many = payload(*(metric(f"{n:0240}", 1.5, 10, alias=n + 10) for n in range(999)), seq=1)
    nodes = PART.join([b"\0" + nbirth(VOLTS, PRESENT, STATE), *[b"\1" + many] * 4])
    lines = "".join(f"m{n:060} v={n}\n" for n in range(900)).encode()
    texts = json.dumps(power() | {"more": ["x" * 99] * 500}).encode()
    assert LONGEST * 3 // 4 < len(nodes) < LONGEST
    fuzz(tmp_path, TARGET, [nodes, lines, texts], LONG_S // 5, longest=LONGEST)
