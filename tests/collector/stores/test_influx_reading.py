"""Single headers, bodies and settings of InfluxDB, read strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.influx_answers import DEFAULT_RETRY_S, MAX_RETRY_S, MIN_RETRY_S, retry_after, rows, started
from collector.influx_config import InfluxConfig
from collector.store import QueryError

NOW = 1_795_000_000.0  # 2026-11-18T11:06:40Z


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, DEFAULT_RETRY_S),
        ("", DEFAULT_RETRY_S),
        ("-1", DEFAULT_RETRY_S),
        ("nan", DEFAULT_RETRY_S),
        ("0", MIN_RETRY_S),
        ("000", MIN_RETRY_S),
        ("1", 1),
        ("30", 30),
        ("030", 30),
        ("61", MAX_RETRY_S),
        ("9" * 5000, MAX_RETRY_S),
        ("Wed, 18 Nov 2026 11:07:00 GMT", 20),
        ("Wed, 18 Nov 2026 11:07:00 -0000", 20),
        ("Wed, 18 Nov 2026 11:06:40 GMT", MIN_RETRY_S),
        ("Wed, 18 Nov 2099 11:07:00 GMT", MAX_RETRY_S),
        ("Wed, 99 Nov 2026 11:07:00 GMT", DEFAULT_RETRY_S),
    ],
)
def test_retry_after_is_honoured_within_bounds(value: str | None, seconds: float) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.text())
def test_any_retry_after_is_within_bounds(value: str) -> None:
    assert MIN_RETRY_S <= retry_after(value, NOW) <= MAX_RETRY_S


def test_the_start_time_is_found_in_metrics_and_in_debug_vars() -> None:
    assert started(b"# HELP x\nvm_app_start_timestamp 1700000000\n") == "1700000000"
    assert started(b"a 1\nprocess_start_time_seconds 1.7e+09\nb 2\n") == "1.7e+09"
    assert started(b'{"system": {"started": "2026-11-23T21:05:51Z"}}') == "2026-11-23T21:05:51Z"
    assert started(b"404 page not found") is None


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b'{"error": "no"}',
        b'{"results": [{"error": "no"}]}',
        b'{"results": [{"series": [{"columns": ["a"], "values": [[1]], "partial": true}]}]}',
        b'{"results": [{"series": [{"columns": ["a"], "values": [[1, 2]]}]}]}',
        b'{"results": 7}',
    ],
)
def test_an_answer_that_is_not_all_rows_is_an_error(body: bytes) -> None:
    with pytest.raises(QueryError):
        rows(body)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "influx:8086"},
        {"url": "http://user:canary@influx:8086"},
        {"url": "http://influx:8086/?p=canary"},
        {"url": "http://influx", "user": "u"},
        {"url": "http://influx", "version": 1, "token": {"env": "X"}},
    ],
    ids=str,
)
def test_a_wrong_configuration_is_refused_without_repeating_it(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="1 validation error") as error:
        InfluxConfig.model_validate({"database": "db", **wrong})
    assert "canary" not in str(error.value)
