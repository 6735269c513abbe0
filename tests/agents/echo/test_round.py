"""What the echoes of an interval come to: no value where nothing was measured, and never one that cannot be."""

import math

from hypothesis import given
from hypothesis import strategies as st

from agents.echo.round import FIELDS, Round

MS = 1_000_000
TIMEOUT_MS = 2_000
RTTS = st.lists(st.one_of(st.none(), st.integers(0, 3_000 * MS)), max_size=20)


def of(rtts: list[int | None]) -> Round:
    """A round whose requests, a second apart, were answered after these ns; None: never."""
    made = Round(TIMEOUT_MS * MS)
    for number, rtt in enumerate(rtts):
        assert made.send(number * 1000 * MS) == number
        if rtt is not None:
            made.answer(number, number * 1000 * MS + rtt)
    return made


def row(made: Round) -> dict[str, object]:
    """The one row, by field."""
    table = made.table()
    assert (table.measurement, table.tags) == ("echo", [])
    return dict(zip(FIELDS, table.rows[0], strict=True))


def test_four_of_five_came_back() -> None:
    found = row(of([10 * MS, 14 * MS, None, 12 * MS, 11 * MS]))
    assert found == {
        "sent": 5,
        "received": 4,
        "loss_pct": 20.0,
        "rtt_min_ms": 10.0,
        "rtt_mean_ms": 11.75,
        "rtt_max_ms": 14.0,
        "jitter_ms": 2.5,  # 10 to 14 and 12 to 11; nothing is known across the one that was lost
        "duplicates": 0,
        "icmp_errors": 0,
    }


def test_what_was_not_measured_has_no_value() -> None:
    times = ("rtt_min_ms", "rtt_mean_ms", "rtt_max_ms", "jitter_ms")
    nothing, silence, one = row(of([])), row(of([None, None])), row(of([None, 5 * MS]))
    assert (nothing["sent"], nothing["loss_pct"], silence["loss_pct"], one["loss_pct"]) == (0, None, 100.0, 50.0)
    assert all(found[name] is None for found in (nothing, silence) for name in times)
    assert (one["rtt_min_ms"], one["rtt_mean_ms"], one["rtt_max_ms"], one["jitter_ms"]) == (5.0, 5.0, 5.0, None)


def test_a_second_reply_is_a_duplicate_and_changes_no_time() -> None:
    made = of([3 * MS])
    assert made.answer(0, 9 * MS) == "duplicate"
    assert made.answer(0, 9_000 * MS) == "duplicate"
    assert (row(made)["duplicates"], row(made)["rtt_max_ms"], row(made)["received"]) == (2, 3.0, 1)


def test_a_reply_after_the_timeout_is_lost_and_one_at_it_is_not() -> None:
    made = of([None, None])
    assert made.answer(0, TIMEOUT_MS * MS + 1) == "late"
    assert made.answer(1, 1000 * MS + TIMEOUT_MS * MS) == "taken"
    assert (made.waiting, row(made)["loss_pct"]) == (1, 50.0)


def test_an_error_is_loss_and_ends_the_waiting_until_a_reply_says_otherwise() -> None:
    made = of([None, None])
    made.fail(0)
    made.fail(0)
    assert (made.waiting, row(made)["icmp_errors"], row(made)["loss_pct"]) == (1, 2, 100.0)
    made.answer(0, 7 * MS)
    made.answer(1, 1007 * MS)
    assert (made.waiting, row(made)["loss_pct"]) == (0, 0.0)


def test_what_a_reply_has_waited_for_us_is_no_round_trip_and_a_clock_that_was_set_is_not_believed() -> None:
    for waited_ms, rtt_ms in ((250, 50.0), (300, 0.0), (0, 300.0), (301, 300.0), (3_600_000, 300.0), (-1, 300.0)):
        made = of([None])
        assert made.answer(0, 300 * MS, waited_ms * MS) == "taken"
        assert row(made)["rtt_max_ms"] == rtt_ms
    late = of([None])
    assert late.answer(0, 5_000 * MS, 4_000 * MS) == "taken"  # it is we who are late


@given(RTTS)
def test_numbers_agree_with_one_another(rtts: list[int | None]) -> None:
    made = of(rtts)
    found = row(made)
    came = [rtt for rtt in rtts if rtt is not None and rtt <= TIMEOUT_MS * MS]
    assert (found["sent"], found["received"], made.waiting) == (len(rtts), len(came), len(rtts) - len(came))
    loss, least, mean, most, jitter = (
        found[name] for name in ("loss_pct", "rtt_min_ms", "rtt_mean_ms", "rtt_max_ms", "jitter_ms")
    )
    assert (loss is None) == (not rtts)
    assert (least is None) == (mean is None) == (most is None) == (not came)
    assert isinstance(loss, float | None)
    assert loss is None or (0 <= loss <= 100 and math.isclose(loss, 100 - 100 * len(came) / len(rtts), abs_tol=1e-9))
    if isinstance(least, float) and isinstance(mean, float) and isinstance(most, float):
        assert 0 <= least <= mean * (1 + 1e-12) and mean <= most * (1 + 1e-12)  # noqa: PT018
        assert most <= TIMEOUT_MS
        assert jitter is None or (isinstance(jitter, float) and 0 <= jitter <= most - least + 1e-9)


@given(st.lists(st.tuples(st.sampled_from(["answer", "fail"]), st.integers(0, 4), st.integers(0, 9_000 * MS))))
def test_whatever_comes_in_whatever_order_the_waiting_is_for_what_is_not_settled(
    events: list[tuple[str, int, int]],
) -> None:
    made = of([None] * 5)
    settled: set[int] = set()
    for what, number, at in events:
        if what == "fail":
            made.fail(number)
            settled.add(number)
        elif made.answer(number, at) != "late":
            settled.add(number)
    assert made.waiting == 5 - len(settled)
    received = row(made)["received"]
    assert isinstance(received, int)
    assert 0 <= received <= 5
