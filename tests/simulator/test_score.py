"""The score: what was down long enough is found or missed, what was not is false, and the cause is named or not."""

from dataclasses import replace

import pytest

from simulator.model.change import Change
from simulator.score import Outage, SaidIncident, Score, outages, score
from simulator.truth import Run

RUN = Run(1000.0, 0.0, 10.0, 1)
SITES = {"rt-1": "s-1", "rt-2": "s-2", "rt-2b": "s-2"}
POWER, FIBRE = "mains:f:0.00", "fibre:l:0.00"
FOUND = SaidIncident("a-1", "s-1", 1012.0, 1065.0, "Mains lost since 10:00")


def down(at: float, *names: str, root: str = POWER) -> Change:
    return Change(at, "x", "dark", "battery_empty", root, None, names)


def up(at: float, *names: str) -> Change:
    return Change(at, "x", "started", "powered", POWER, None, (), names)


def scored(*said: SaidIncident, root: str = POWER, deadline_s: float = 20.0) -> Score:
    truth = outages(RUN, [down(0, "rt-1", root=root), up(600, "rt-1")], SITES)
    return score(truth, said, {}, deadline_s=deadline_s, until=2000.0, power_words=["mains lost"])


def test_a_site_is_down_while_none_of_its_routers_is_reached_by_the_wall_clock() -> None:
    found, down_s = outages(RUN, [down(10, "rt-2"), down(20, "rt-2b"), up(50, "rt-2"), up(70, "rt-2b")], SITES)
    assert found == [Outage(POWER, 1002.0, 1005.0, {"s-2"})]
    assert down_s == {"s-2": 3.0}


def test_one_fault_takes_many_sites_and_is_over_with_the_last() -> None:
    changes = [down(0, "rt-1"), down(10, "rt-2", "rt-2b"), up(100, "rt-1"), up(200, "rt-2", "rt-2b")]
    (one,) = outages(RUN, changes, SITES)[0]
    assert (one.sites, one.began, one.over) == ({"s-1", "s-2"}, 1000.0, 1020.0)


def test_what_only_telemetry_does_takes_no_site() -> None:
    assert outages(RUN, [down(0, "rt-1", root="hang:rt-1:0.00"), up(100, "rt-1")], SITES) == ([], {})


def test_an_incident_meanwhile_at_the_place_is_found_with_its_times_and_cause() -> None:
    result = scored(FOUND)
    (one,) = result.judged
    assert (one.incidents, one.opened_after_s, one.closed_after_s, one.cause_right) == (("a-1",), 12.0, 5.0, True)
    assert (result.missed, result.false) == ([], [])
    assert result.down_s == {"s-1": (60.0, 0.0)}


@pytest.mark.parametrize(
    "said",
    [replace(FOUND, place="s-2"), replace(FOUND, opened=990.0), replace(FOUND, opened=1090.0)],
    ids=["elsewhere", "before", "long after"],
)
def test_an_incident_elsewhere_or_at_another_time_is_false_and_the_fault_missed(said: SaidIncident) -> None:
    result = scored(said)
    assert [one.incidents for one in result.missed] == [()]
    assert result.false == [said]


def test_what_is_about_ourselves_is_not_false() -> None:
    assert scored(replace(FOUND, place="(monitoring)")).false == []


def test_a_fibre_whose_page_names_the_mains_has_the_wrong_cause() -> None:
    assert [one.cause_right for one in scored(FOUND, root=FIBRE).judged] == [False]
    assert [one.cause_right for one in scored(replace(FOUND, text="no answer"), root=FIBRE).judged] == [True]


def test_what_is_shorter_than_the_deadline_is_not_judged_and_an_incident_about_it_is_not_false() -> None:
    result = scored(FOUND, deadline_s=61.0)
    assert (list(result.judged), list(result.false)) == ([], [])
