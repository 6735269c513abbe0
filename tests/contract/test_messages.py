"""The messages beside the batches: read back as they were sent, and bounded for their reader."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contract.intervals import IntervalSet
from contract.messages import (
    MAX_BOOTS,
    MAX_RANGES,
    Ack,
    AgentAlive,
    Assignment,
    BootNumbers,
    CollectorAlive,
    Message,
    Numbers,
    boot_text,
)
from contract.wire import MAX_SEQ

BOOT = "0123456789abcdef"
SEQS = st.integers(0, MAX_SEQ - 1)
RANGES = st.lists(st.tuples(SEQS, SEQS).map(lambda pair: (min(pair), max(pair))), max_size=4)
BOOTS = st.integers(0, 2**64 - 1).map(boot_text)
ACKED = st.tuples(RANGES, st.integers(0, 2**32 - 1)).map(lambda given: [(*pair, given[1]) for pair in given[0]])
NUMBERS = {"boot": BOOT, "n": 1, "time": 1, "interval_s": 5.0}
DEVICE = {"id": "d", "address": "a", "credential": "c", "profiles": [], "interval_s": 1, "timeout_s": 1, "retries": 0}


@given(st.builds(Ack, state=st.text(max_size=9), boot=BOOTS, seen=RANGES, stored=ACKED))
def test_an_ack_is_read_back(ack: Ack) -> None:
    assert Ack.model_validate_json(ack.to_json()) == ack


@given(
    BOOTS, st.dictionaries(BOOTS, st.builds(BootNumbers, produced=RANGES, spooled=RANGES, dropped=RANGES), max_size=3)
)
def test_a_heartbeat_is_read_back(boot: str, boots: dict[str, BootNumbers]) -> None:
    numbers = Numbers(boot=boot, n=3, time=1, interval_s=5, boots=boots, replaces=list(boots))
    assert Numbers.model_validate_json(numbers.to_json()) == numbers


@given(st.binary(max_size=40) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_payload_is_a_message_or_a_validation_error(payload: bytes | str) -> None:
    for kind in (Ack, Numbers, AgentAlive, CollectorAlive, Assignment):
        with pytest.raises(ValidationError):
            kind.model_validate_json(payload)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (Ack, {"state": "s", "boot": BOOT, "seen": [[2, 1]]}),
        (Ack, {"state": "s", "boot": BOOT, "seen": [[-1, 1]]}),
        (Ack, {"state": "s", "boot": BOOT, "seen": [[0, MAX_SEQ]]}),
        (Ack, {"state": "s", "boot": BOOT, "seen": [[0, 10**3000]]}),
        (Ack, {"state": "s", "boot": BOOT, "seen": [[0]]}),
        (Ack, {"state": "s", "boot": BOOT, "stored": [[2, 1, 0]]}),
        (Ack, {"state": "s", "boot": BOOT, "stored": [[0, 1, 2**32]]}),
        (Ack, {"state": "s" * 65, "boot": BOOT}),
        (Ack, {"state": "s", "boot": BOOT + "\n"}),
        (Ack, {"state": "s", "boot": BOOT.upper()}),
        (Numbers, {**NUMBERS, "n": 2**63}),
        (Numbers, {**NUMBERS, "time": 2**63}),
        (Numbers, {**NUMBERS, "devices": -1}),
        (Numbers, {**NUMBERS, "interval_s": 0}),
        (Numbers, {**NUMBERS, "interval_s": float("nan")}),
        (Numbers, {**NUMBERS, "interval_s": float("inf")}),
        (Numbers, {**NUMBERS, "boots": {BOOT: {"produced": [[5, 4]]}}}),
        (Numbers, {**NUMBERS, "boots": {"../../etc/passwd": {}}}),
        (Numbers, {**NUMBERS, "boots": {f"{n:016x}": {} for n in range(MAX_BOOTS + 1)}}),
        (Numbers, {**NUMBERS, "replaces": [BOOT] * (MAX_BOOTS + 1)}),
        (Assignment, {"version": -1, "id": "1"}),
        (Assignment, {"version": 10**30, "id": "1"}),
        (Assignment, {"version": 1, "id": "1", "devices": [{**DEVICE, "id": "d\n"}]}),
        (Assignment, {"version": 1, "id": "1", "devices": [{**DEVICE, "interval_s": float("inf")}]}),
        (Assignment, {"version": 1, "id": "1", "devices": [{**DEVICE, "interval_s": float("nan")}]}),
        (Assignment, {"version": 1, "id": "1", "devices": [{**DEVICE, "retries": 10**6}]}),
    ],
)
def test_what_would_harm_its_reader_is_refused(kind: type[Message], wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate_json(json.dumps(wrong))


@pytest.mark.parametrize("key", ["seen", "stored"])
def test_an_ack_with_more_ranges_than_the_limit_is_refused_in_time(key: str) -> None:
    ranges = [[2 * n, 2 * n, *([7] if key == "stored" else [])] for n in range(MAX_RANGES + 1)]
    whole = json.dumps({"state": "s", "boot": BOOT, key: ranges[:-1]})
    assert len(getattr(Ack.model_validate_json(whole), key)) == MAX_RANGES
    began = time.process_time()
    with pytest.raises(ValidationError, match="over the limit"):
        Ack.model_validate_json(json.dumps({"state": "s", "boot": BOOT, key: ranges}))
    assert time.process_time() - began < 5


def test_a_million_wrong_ranges_are_one_error() -> None:
    payload = json.dumps({"state": "s", "boot": BOOT, "seen": [[-1, -1]] * 1_000_000})
    with pytest.raises(ValidationError) as caught:
        Ack.model_validate_json(payload)
    assert caught.value.error_count() <= 2


def test_an_agent_with_more_ranges_than_the_limit_can_still_make_its_heartbeat() -> None:
    pairs = IntervalSet((2 * n, 2 * n) for n in range(MAX_RANGES + 1)).pairs()
    made = Numbers(boot=BOOT, n=1, time=1, interval_s=5, boots={BOOT: BootNumbers(spooled=pairs)})
    assert made.to_json()


def test_keys_of_a_newer_peer_are_ignored() -> None:
    assert AgentAlive.model_validate_json(json.dumps({"online": True, "boot": BOOT, "mood": "good"})).online


def test_every_accepted_range_fits_an_interval_set() -> None:
    assert len(IntervalSet([(0, MAX_SEQ - 1)])) == MAX_SEQ


def test_a_boot_is_sixteen_hex_digits() -> None:
    assert boot_text(255) == "00000000000000ff"
