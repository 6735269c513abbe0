"""Edge nodes: births, data and deaths become what they mean, in their order, and nothing is stored that nobody said."""

import random

import pytest
from agents.sensors.messages import NOW, assignment, own, reason, sensor
from agents.sensors.spb import (
    BOOLEAN,
    DATASET,
    DOUBLE,
    PLAN,
    PRESENT,
    SITE,
    STATE,
    VOLTS,
    Host,
    metric,
    nbirth,
    ndeath,
    payload,
    values,
)
from hypothesis import given
from hypothesis import strategies as st

from agents.sensors.plan import plan
from agents.sensors.sparkplug.nodes import ASK_EVERY_MS, ASKS_PAUSE_MS, MAX_ASKS, MAX_NODES
from agents.sensors.sparkplug.session import LATE_MS, MAX_DEVICES, MAX_HELD, MAX_KNOWN, REORDER_MS
from contract.batch import Batch, decode, encode

DEVICES = """
format: sparkplug
topic: spBv1.0/{group}/{type}/{node}/{device}
element: '{node}-{device}'
tables: [{measurement: mains, fields: {volts: {pointer: /V}}}]
"""
DAY_MS = 86_400_000


def volts(value: float, seq: int, at: int = NOW) -> bytes:
    """Data of the mains' voltage by its alias."""
    return payload(metric(None, float(value), alias=1), seq=seq, at=at)


def born(host: Host | None = None) -> Host:
    """A host that has heard a birth."""
    host = host or Host()
    host.hear("NBIRTH", nbirth(VOLTS, PRESENT, STATE))
    return host


def test_a_birth_tells_values_names_and_that_it_is_there() -> None:
    [batch] = born().batches
    assert values([batch]) == {"mains.volts": 228.5, "mains.present": 1, "generator.status": 1}
    assert (batch.kind, batch.device, batch.assignment, batch.time) == ("sensor", "spb-nam-can-01", "5-abcd", NOW)
    assert batch.poll is not None
    assert batch.poll.outcome == "ok"
    assert decode(encode(batch)) == batch


def test_data_are_read_by_alias_each_metric_at_its_own_time() -> None:
    said = payload(
        metric(None, 230.5, alias=1, at=NOW - 5_000),
        metric(None, 231.5, alias=1, at=NOW - 4_000),
        metric(None, value=False, alias=2, at=NOW - 4_000),
        metric(None, "off", alias=3),
        seq=1,
        at=NOW - 3_000,
    )
    [batch] = born().hear("NDATA", said)
    assert batch.poll is None
    mains, generator = batch.tables
    assert (mains.fields, mains.times) == (["volts", "present"], [NOW - 5_000, NOW - 4_000])
    assert mains.rows == [[230.5, None], [231.5, 0]]
    assert (generator.rows, generator.times) == ([[0]], [NOW - 3_000])


def test_data_without_a_mapped_metric_still_say_that_it_is_there() -> None:
    host = born()
    [batch] = host.hear("NDATA", payload(metric("Other", 1.0, DOUBLE), seq=1))
    assert (batch.device, batch.tables, batch.refused) == ("spb-nam-can-01", [], None)


def test_a_metric_that_is_null_has_no_value_and_one_twice_at_a_time_is_refused() -> None:
    host = born()
    assert values(host.hear("NDATA", payload(metric(None, None, alias=1), seq=1))) == {}
    twice = payload(metric(None, 1.0, alias=1), metric(None, 2.0, alias=1), seq=2)
    assert "mains.volts is 1.0 and 2.0 at one time" in reason(host.hear("NDATA", twice))


def test_a_death_is_a_reading_that_failed_without_any_value_and_is_told_once() -> None:
    host = born()
    [gone] = host.hear("NDEATH", ndeath())
    assert gone.poll is not None
    assert (gone.device, gone.poll.outcome, gone.tables, gone.time) == ("spb-nam-can-01", "unreachable", [], NOW)
    assert host.hear("NDEATH", payload(metric("bdSeq", 0, 4))) == []
    assert host.ignored == 1
    host.hear("NBIRTH", nbirth(VOLTS, bd_seq=1))
    assert host.batches[-1].poll is not None
    assert host.batches[-1].poll.outcome == "ok"


def test_a_node_whose_will_is_always_the_same_dies_each_time() -> None:
    host = Host()
    for life in range(3):
        host.hear("NBIRTH", nbirth(VOLTS, at=NOW + life))
        assert len(host.hear("NDEATH", ndeath())) == 1


@pytest.mark.parametrize(
    ("of_birth", "of_death", "is_told"), [(3, 3, True), (3, 2, False), (0, 255, False), (3, 4, True)]
)
def test_a_late_will_of_an_earlier_connection_is_no_death(of_birth: int, of_death: int, is_told: bool) -> None:
    host = Host()
    host.hear("NBIRTH", nbirth(VOLTS, bd_seq=of_birth))
    assert bool(host.hear("NDEATH", ndeath(of_death))) == is_told


def test_a_device_is_born_speaks_and_dies_and_the_death_of_its_node_is_its_own() -> None:
    two = plan(
        assignment(1, *(sensor(f"s-{n}", "mine", f"{SITE}-d{n}") for n in (1, 2)), mine=f"en: a\nvi: a{DEVICES}")
    )
    host = Host(two)
    host.hear("NBIRTH", nbirth())
    host.hear("DBIRTH", payload(metric("V", 1.0, DOUBLE, alias=7), seq=1), "d1")
    host.hear("DBIRTH", payload(metric("V", 2.0, DOUBLE, alias=8), seq=2), "d2")
    host.hear("DDATA", payload(metric(None, 1.5, alias=7), seq=3), "d1")
    assert [(one.device, values([one])) for one in host.batches] == [
        ("s-1", {"mains.volts": 1.0}),
        ("s-2", {"mains.volts": 2.0}),
        ("s-1", {"mains.volts": 1.5}),
    ]
    [gone] = host.hear("DDEATH", payload(seq=4), "d1")
    assert (gone.device, gone.poll and gone.poll.outcome) == ("s-1", "unreachable")
    assert "alias 7 is of no birth" in reason(host.hear("DDATA", payload(metric(None, 1.5, alias=7), seq=5), "d1"))
    assert "alias 8 is of no birth" in reason(host.hear("DDATA", payload(metric(None, 1.5, alias=8), seq=6), "d1"))
    assert {one.device for one in host.hear("NDEATH", ndeath())} == {"s-1", "s-2"}  # it was heard of again


def test_after_a_restart_of_ours_names_are_read_aliases_are_not_and_births_are_asked_for_once_a_minute() -> None:
    host = Host()
    assert "the alias 1 is of no birth that was heard" in reason(host.hear("NDATA", volts(230, 7)))
    assert values(host.hear("NDATA", payload(metric("Mains/Voltage", 231.0, DOUBLE), seq=8))) == {"mains.volts": 231.0}
    assert host.asked == [SITE]
    host.wait(ASK_EVERY_MS - 1)
    host.hear("NDATA", volts(230, 9))
    assert host.asked == [SITE]
    host.wait(1)
    host.hear("NDATA", volts(230, 10))
    assert host.asked == [SITE, SITE]
    born(host)
    assert values(host.hear("NDATA", volts(230, 1))) == {"mains.volts": 230.0}
    assert host.asked == [SITE, SITE]


def test_an_unknown_alias_asks_for_births_and_what_is_known_is_read_on() -> None:
    host = born()
    assert "the alias 9 is of no birth" in reason(host.hear("NDATA", payload(metric(None, 1, 3, alias=9), seq=1)))
    assert host.asked == [SITE]
    assert values(host.hear("NDATA", volts(230, 2))) == {"mains.volts": 230.0}


def test_messages_out_of_order_wait_for_the_one_that_lacks() -> None:
    host = born()
    assert host.hear("NDATA", volts(3, 3)) == []
    assert host.hear("NDATA", volts(2, 2)) == []
    assert [values([one])["mains.volts"] for one in host.hear("NDATA", volts(1, 1))] == [1, 2, 3]
    assert (host.wait(REORDER_MS), host.asked, host.ignored) == ([], [], 0)


def test_after_a_gap_aliases_are_forgotten_and_births_are_asked_for() -> None:
    host = born()
    host.hear("NDATA", volts(2, 2))
    host.hear("NDATA", payload(metric("Mains/Voltage", 3.0, DOUBLE), seq=3))
    assert (host.nodes.due_in_ms(host.mono), host.wait(REORDER_MS - 1), host.asked) == (REORDER_MS, [], [])
    refused, named = host.wait(1)
    assert "the alias 1 is of no birth" in reason([refused])
    assert values([named]) == {"mains.volts": 3.0}
    assert (host.asked, host.nodes.due_in_ms(host.mono)) == ([SITE], None)


def test_so_many_that_wait_are_a_gap() -> None:
    host = born()
    for seq in range(2, MAX_HELD + 2):
        assert host.hear("NDATA", volts(seq, seq)) == []
    assert len(host.hear("NDATA", volts(0, MAX_HELD + 2))) == MAX_HELD + 1
    assert host.asked == [SITE]


def test_seq_wraps_and_a_birth_may_begin_anywhere() -> None:
    host = Host()
    host.hear("NBIRTH", nbirth(VOLTS, seq=254))
    for number, seq in enumerate((255, 0, 1)):
        assert values(host.hear("NDATA", volts(number, seq))) == {"mains.volts": number}


def test_what_two_connections_hear_is_taken_once() -> None:
    host = born()
    assert len(host.hear("NDATA", volts(1, 1))) == 1
    assert host.hear("NDATA", volts(1, 1)) == []
    assert host.hear("NBIRTH", nbirth(VOLTS, PRESENT, STATE)) == []
    assert len(host.hear("NDATA", volts(2, 2))) == 1
    assert (host.ignored, host.asked) == (2, [])


def test_what_is_of_before_the_birth_does_not_undo_it() -> None:
    host = born()
    host.hear("NDATA", volts(2, 2))  # 1 is lost
    host.mono += 100
    [late, birth] = host.hear("NBIRTH", nbirth(VOLTS, at=NOW + 50))
    assert "of before the birth" in reason([late])
    assert values([birth]) == {"mains.volts": 228.5}
    assert host.hear("NDATA", volts(9, 9, at=NOW + 40)) == []
    assert host.ignored == 1
    assert values(host.hear("NDATA", volts(1, 1, at=NOW + 60))) == {"mains.volts": 1.0}
    assert (host.wait(REORDER_MS), host.asked) == ([], [])


def test_a_node_whose_clock_is_set_back_is_read_on() -> None:
    host = born()
    assert values(host.hear("NDATA", volts(1, 1, at=NOW - 3_600_000))) == {"mains.volts": 1.0}
    host.mono += LATE_MS
    host.hear("NDATA", volts(3, 3, at=NOW - 3_600_000))
    assert len(host.wait(REORDER_MS)) == 1
    assert host.asked == [SITE]


def test_a_new_connection_forgets_and_asks_those_that_it_can_name() -> None:
    host = born()
    host.hear("NDATA", volts(2, 2))
    assert "alias 1" in reason(host.nodes.begin(host.mono))
    assert host.nodes.take_asks(host.mono) == [("ca-mau", SITE)]
    text = "format: sparkplug\ntopic: spBv1.0/ca-mau/{type}/{node}\nelement: '{node}'\n"
    named = Host(own(text + "tables: [{measurement: mains, fields: {volts: {pointer: /V}}}]", "quiet"))
    named.nodes.begin(0)
    assert named.nodes.take_asks(0) == [("ca-mau", "quiet")]


def test_nodes_of_a_former_process_are_asked_if_they_may_be_ours_and_a_hundred_in_a_second() -> None:
    many = Host(plan(assignment(1, *(sensor(f"s{n}", "site-sparkplug", f"s{n}") for n in range(250)))))
    remembered = [("ca-mau", f"s{n}") for n in range(250)]
    many.nodes.begin(many.mono, [("else", "of-nobody"), *remembered])
    many.hear("NBIRTH", nbirth(VOLTS), site="s170")  # it comes by itself, and needs not be asked
    assert many.asked == [f"s{n}" for n in range(MAX_ASKS)]
    assert many.nodes.due_in_ms(many.mono) == ASKS_PAUSE_MS
    many.wait(ASKS_PAUSE_MS - 1)
    assert len(many.asked) == MAX_ASKS
    many.wait(1)
    many.wait(ASKS_PAUSE_MS)
    assert many.asked == [f"s{n}" for n in range(250) if n != 170]
    assert many.nodes.due_in_ms(many.mono) is None


def test_only_a_birth_that_tells_a_sensor_of_ours_makes_a_node_one_to_be_remembered() -> None:
    host = Host(plan(assignment(1, sensor("s-1", "mine", f"{SITE}-d1"), mine=f"en: a\nvi: a{DEVICES}")))
    host.hear("NBIRTH", nbirth(), site="invented")
    host.hear("DBIRTH", payload(metric("V", 1.0, DOUBLE), seq=1), "d1", site="invented")
    host.hear("NBIRTH", nbirth())
    host.hear("DDATA", payload(metric("V", 1.0, DOUBLE), seq=1), "d1")
    host.hear("DBIRTH", payload(metric("V", "on", 12), seq=2), "d1")
    assert host.nodes.take_born() == []
    host.hear("DBIRTH", payload(metric("V", 1.0, DOUBLE), seq=3), "d1")
    assert (host.nodes.take_born(), host.nodes.take_born()) == ([("ca-mau", SITE)], [])


def test_a_new_plan_keeps_what_is_known_of_its_nodes() -> None:
    host = born()
    host.nodes.apply(plan(assignment(6, sensor("other", "site-sparkplug", SITE))))
    [batch] = host.hear("NDATA", volts(1, 1))
    assert (batch.device, batch.assignment, values([batch])) == ("other", "6-abcd", {"mains.volts": 1.0})
    host.nodes.apply(plan(assignment(7)))
    host.nodes.apply(PLAN)
    assert "alias 1" in reason(host.hear("NDATA", volts(2, 2)))


@pytest.mark.parametrize(
    ("kind", "device", "why"),
    [
        ("NDATA", "d", "no topic of Sparkplug"),
        ("DDATA", "", "no topic of Sparkplug"),
        ("XDATA", "", "no topic of Sparkplug"),
        ("DDATA", "d/e", "no topic of Sparkplug"),
        ("DDATA", "d\n", "no topic of Sparkplug"),
        ("DDATA", "d" * 201, "no topic of Sparkplug"),
        ("DDATA", "d+", "no topic of Sparkplug"),
    ],
)
def test_what_is_no_topic_of_a_node_is_refused(kind: str, device: str, why: str) -> None:
    assert why in reason(Host().hear(kind, payload(seq=1), device))


def test_what_is_of_hosts_of_others_or_retained_is_not_read() -> None:
    host = Host()
    assert "no sensor of this agent is of this edge node" in reason(host.hear("NBIRTH", nbirth(VOLTS), site="else"))
    for kind, device in (("NCMD", ""), ("DCMD", "d")):
        assert host.hear(kind, payload(), device) == []
    assert host.hear("NBIRTH", nbirth(VOLTS), retained=True) == []
    assert host.hear("DDATA", payload(metric("V", 1.0, DOUBLE), seq=3), "of-nobody") == []
    assert host.ignored == 4


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"\xff", "it is no Sparkplug B: it is cut short"),
        (payload(metric(None, 1.0, alias=None), seq=1), "a metric has neither name nor alias"),
        (payload(metric(None, "on", alias=1), seq=1), "spb-nam-can-01: Mains/Voltage: its value is no Double"),
        (payload(metric("Mains/Voltage", b"x", DATASET), seq=1), "Mains/Voltage: it is DataSet"),
        (
            payload(metric("Generator/State", "idle", 12), seq=1),
            '/Generator/State is "idle": the mapping knows off, run',
        ),
        (payload(metric(None, float("nan"), alias=1), seq=1), "/Mains/Voltage is NaN: this is too large"),
        (payload(metric(None, 1.0, alias=1, at=NOW + 3_600_000), seq=1), "its time 1795719600000 is 3600 s ahead"),
        (payload(metric(None, 1.0, alias=1, at=NOW - 40 * DAY_MS), seq=1), "is over 29 days old"),
        (payload(metric(None, 1.0, alias=1, at=2**64 - 1), seq=1), "s ahead"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(said: bytes, why: str) -> None:
    assert why in reason(born().hear("NDATA", said))


def test_what_has_not_changed_for_long_is_left_out_of_a_birth_and_counted() -> None:
    host = Host()
    [batch] = host.hear("NBIRTH", nbirth(metric("Mains/Present", True, BOOLEAN, at=NOW - 40 * DAY_MS), VOLTS))
    assert (values([batch]), host.nodes.old_values) == ({"mains.volts": 228.5}, 1)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (payload(metric(None, 1.0, DOUBLE, alias=1), seq=0), "a metric of a birth has no name"),
        (payload(VOLTS, metric("B", 1.0, DOUBLE, alias=1), seq=0), "the alias 1 is of two metrics"),
    ],
)
def test_a_birth_that_cannot_be_used_leaves_nothing_known(said: bytes, why: str) -> None:
    host = born()
    assert why in reason(host.hear("NBIRTH", said))
    assert "alias 1" in reason(host.hear("NDATA", volts(1, 1)))


def test_what_is_known_of_a_node_and_of_nodes_is_bounded() -> None:
    host = born()
    names = [metric(f"m{n}", 1.0, DOUBLE) for n in range(999)]
    said = [host.hear("DBIRTH", payload(*names, seq=seq), f"d{seq}") for seq in range(1, 7)]
    assert f"more than {MAX_KNOWN} metrics" in reason(said[5])
    for number in range(MAX_DEVICES):
        last = host.hear("DDATA", payload(seq=7 + number), f"e{number}")
    assert f"more than {MAX_DEVICES} devices" in reason(last)
    many = Host(plan(assignment(1, *(sensor(f"s{n}", "site-sparkplug", f"s{n}") for n in range(MAX_NODES + 9)))))
    for number in range(MAX_NODES + 9):
        many.hear("NBIRTH", nbirth(), site=f"s{number}")
    assert len(many.nodes._sessions) == MAX_NODES


@given(
    st.lists(
        st.tuples(st.sampled_from(["NDATA", "DDATA", "NBIRTH", "DBIRTH", "NDEATH"]), st.binary(max_size=80)), max_size=8
    )
)
def test_whatever_a_node_says_is_batches_that_can_be_sent(said: list[tuple[str, bytes]]) -> None:
    host = born()
    for kind, some in said:
        host.hear(kind, some, "d" if kind.startswith("D") else "")
        host.wait(700)
    assert all(decode(encode(batch)) == batch for batch in host.batches)


def _history(lives: list[int]) -> tuple[list[tuple[str, bytes]], dict[str, set[float]]]:
    """What a node says in some lives, in each of which the aliases are others, and its will says the end of each; and
    what was said of each field."""
    said: list[tuple[str, bytes]] = []
    true: dict[str, set[float]] = {"mains.volts": set(), "battery.volts": set()}
    number, at = 0, NOW - 500_000
    for life, count in enumerate(lives):
        fields = [("Mains/Voltage", "mains.volts"), ("Battery/Voltage", "battery.volts")]
        aliases = fields if life % 2 else fields[::-1]
        at += 100
        metrics = [metric(name, float(number + n), DOUBLE, alias=n) for n, (name, _) in enumerate(aliases)]
        for n, (_, key) in enumerate(aliases):
            true[key].add(float(number + n))
        said.append(("NBIRTH", nbirth(*metrics, bd_seq=life % 256, at=at)))
        number += 2
        for seq in range(1, count + 1):
            at += 100
            n = seq % 2
            true[aliases[n][1]].add(float(number))
            said.append(("NDATA", payload(metric(None, float(number), alias=n), seq=seq, at=at)))
            number += 1
        said.append(("NDEATH", ndeath(life % 256)))
    return said, true


@given(st.lists(st.integers(0, 12), min_size=1, max_size=5), st.integers(0, 2**32), st.floats(0, 0.6))
def test_no_loss_repetition_or_change_of_order_gives_a_value_to_another_metric(
    lives: list[int], seed: int, trouble: float
) -> None:
    chance, host = random.Random(seed), Host()
    said, true = _history(lives)
    for place in range(len(said) - 1):
        if chance.random() < trouble / 2 and "NDEATH" not in (said[place][0], said[place + 1][0]):
            said[place], said[place + 1] = said[place + 1], said[place]
    for kind, one in said:
        times = chance.choice([0, 1, 1, 2]) if chance.random() < trouble and kind != "NDEATH" else 1
        for _ in range(times):  # a will has QoS 1
            host.hear(kind, one)
            host.wait(chance.choice([0, 1, 50, 700]))
    host.wait(REORDER_MS)
    for batch in host.batches:
        for key, value in values([batch]).items():
            assert value in true[key]
    if not trouble:
        assert _stored(host.batches) == sum(map(len, true.values()))


def _stored(batches: list[Batch]) -> int:
    return sum(len(values([batch])) for batch in batches)
