"""VictoriaMetrics' counters and exports, read strictly: whatever is at that address, the collector goes on."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.store import Point
from collector.victoria_metrics import export, holds, ignored

CANARY = Point.of("canary", (("collector", "ca-mau"),), (("number", 7),), 1_700_000_000_123)
METRICS = b"""vm_app_start_timestamp 1700000000
vm_rows_ignored_total{reason="big_timestamp"} 0
vm_rows_ignored_total{reason="small_timestamp"} 12
vm_rows_inserted_total{type="influx"} 100
vm_rows_invalid_total{type="graphite"} 5
vm_rows_invalid_total{type="influx"} 1.5e+06
"""


def _exported(**parts: object) -> bytes:
    metric = {"__name__": "canary_number", "collector": "ca-mau"}
    return json.dumps({"metric": metric, "values": [6, 7], "timestamps": [1, CANARY.time], **parts}).encode() + b"\n"


def test_ignored_rows_are_read_by_reason_and_only_those_of_our_protocol() -> None:
    assert ignored(METRICS) == {"invalid": 1_500_000, "small_timestamp": 12, "big_timestamp": 0}


def test_metrics_of_another_server_count_nothing() -> None:
    assert ignored(METRICS.partition(b"\n")[2]) is None
    assert ignored(b"go_info 1\n") is None
    assert ignored(b"") is None


def test_a_canary_is_asked_for_at_its_own_millisecond() -> None:
    at = "1700000000.123"
    assert export(CANARY) == {"match[]": 'canary_number{collector="ca-mau"}', "start": at, "end": at}


@pytest.mark.parametrize(
    ("exported", "found"),
    [
        (_exported(), True),
        (_exported(values=[7, 6]), False),
        (_exported(timestamps=[CANARY.time, 2]), False),
        (_exported(values=[7]), False),
        (_exported(values=7), False),
        (b"", False),
        (b"<html>", False),
        (b"[]", False),
        (b"[" * 100_000, False),
    ],
)
def test_only_the_canary_itself_is_found(exported: bytes, found: bool) -> None:
    assert holds(exported, CANARY) is found


@given(st.binary(), st.text("0123456789.eE+-", max_size=12))
def test_any_answer_is_read(body: bytes, number: str) -> None:
    holds(body, CANARY)
    counted = ignored(METRICS + b'vm_rows_ignored_total{reason="x"} ' + number.encode() + b"\n" + body)
    assert counted is not None
    assert all(count >= 0 for count in counted.values())
