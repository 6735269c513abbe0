"""Which topics are heard, and whose messages come on them."""

import pytest
from agents.sensors.messages import (
    CABINET,
    POWER,
    SENSORS,
    assignment,
    heard,
    own,
    power,
    reason,
    rows,
    sensor,
)

from agents.sensors.plan import parts, plan
from contract.config_file import ConfigError

TABLE = "tables: [{measurement: cabinet, fields: {celsius: {pointer: /v}}}]"


@pytest.mark.parametrize(
    ("topic", "element", "heard_on"),
    [
        ("site/{site}/power", "'{site}'", "site/a/power"),
        ("{region}/{site}/power", "'{site}'", "+/a/power"),
        ("site/{site}/power", "/id", "site/+/power"),
        ("site/{site}/power", "'ups-{site}'", "site/+/power"),
        ("cabinet/temp", "a", "cabinet/temp"),
    ],
)
def test_a_sensor_is_heard_on_its_own_topic_where_the_topic_says_who_speaks(
    topic: str, element: str, heard_on: str
) -> None:
    assert own(f"topic: '{topic}'\nelement: {element}\n{TABLE}").filters == {heard_on}


def test_a_topic_that_a_wider_filter_has_is_not_heard_twice() -> None:
    assert plan(assignment(1, *SENSORS)).filters == {POWER, CABINET}
    assert plan(assignment(1, *SENSORS), ["site/#"]).filters == {"site/#"}
    assert plan(assignment(1, *SENSORS), ["site/+/power"]).filters == {"site/+/power", CABINET}
    assert plan(assignment(1, *SENSORS), [f"{POWER}/#", "site"]).filters == {f"{POWER}/#", CABINET, "site"}
    assert plan(assignment(1), ["a/+", "a/#", "+/+"]).filters == {"a/#", "+/+"}


def test_a_message_that_nobody_asked_for_is_ignored() -> None:
    assert heard(plan(assignment(1, SENSORS[0])), CABINET, {}) == []
    assert heard(plan(assignment(1)), POWER, power()) == []
    assert len(heard(plan(assignment(1), ["site/+/power"]), POWER, power())) == 1


@pytest.mark.parametrize("key", ["a/b", "+", "#", "a\0"])
def test_a_key_that_no_topic_can_have_is_said(key: str) -> None:
    made = plan(assignment(1, sensor("s-1", "site-power", key)))
    assert made.filters == frozenset()
    assert made.troubles[0].startswith("s-1 is not heard: its key ")
    assert made.troubles[0].endswith("cannot be a level of site/{site}/power")


def test_a_sensor_without_its_mapping_is_said_and_the_others_are_heard() -> None:
    made = plan(assignment(1, sensor("s-1", "nowhere"), *SENSORS))
    assert made.troubles == ("s-1 is not heard: its assignment has no mapping nowhere",)
    assert rows(heard(made, POWER, power()))["mains"] == {"present": 1, "volts": 228.1}


def test_an_assignment_with_a_mapping_that_cannot_be_read_has_no_plan() -> None:
    with pytest.raises(ConfigError, match="mapping bad:1: en: is missing"):
        plan(assignment(1, *SENSORS, bad="vi: x"))


@pytest.mark.parametrize(
    ("topic", "found"),
    [
        ("site/a/power", {"site": "a"}),
        ("site/{site}/power", {"site": "{site}"}),
        ("site//power", None),
        ("site/a/b/power", None),
        ("site/a/cabinet", None),
        ("site/a", None),
        ("/site/a/power", None),
    ],
)
def test_a_topic_fits_a_pattern_level_by_level(topic: str, found: dict[str, str] | None) -> None:
    assert parts("site/{site}/power", topic) == found


def test_a_topic_without_a_mapping_and_a_sensor_that_is_not_ours_are_refused_with_what_is_missing() -> None:
    made = plan(assignment(1, *SENSORS), ["site/#"])
    assert reason(heard(made, "site/nam-can-01/fire", {})) == "no mapping of this agent's sensors has such a topic"
    assert reason(heard(made, "site/dat-mui-09/power", power())) == (
        'no sensor of this agent has the mapping site-power and the key "dat-mui-09"'
    )


@pytest.mark.parametrize(
    ("said", "why"), [({}, "nothing at /id"), ({"id": [1]}, "is an array"), ({"id": ""}, "no name")]
)
def test_a_message_that_does_not_say_whose_it_is_is_refused(said: object, why: str) -> None:
    assert why in reason(heard(own(f"topic: x/{{y}}\nelement: /id\n{TABLE}"), "x/1", said))


def test_a_number_may_be_a_sensors_name() -> None:
    made = own(f"topic: x/{{y}}\nelement: /id\n{TABLE}", key="17")
    assert rows(heard(made, "x/1", {"id": 17, "v": 2})) == {"cabinet": {"celsius": 2.0}}


def test_two_mappings_read_one_message_each_for_its_own_sensor_and_one_that_fails_spoils_no_other() -> None:
    text = "en: a\nvi: a\ntopic: x/{k}\nelement: '{k}'\ntables: [{measurement: MM, fields: {volts: {pointer: /VV}}}]"
    both = {name: text.replace("MM", name).replace("VV", name[0]) for name in ("mains", "battery")}
    made = plan(assignment(1, sensor("a", "mains", "1"), sensor("b", "battery", "1"), **both))
    good = heard(made, "x/1", {"m": 230, "b": 53})
    assert {batch.device: batch.tables[0].rows for batch in good} == {"a": [[230.0]], "b": [[53.0]]}
    first, second = sorted(heard(made, "x/1", {"m": 230, "b": "low"}), key=lambda batch: batch.device)
    assert first.refused is not None
    assert first.refused.reason == 'b: /b is "low": a number is expected'
    assert (second.device, second.tables[0].rows) == ("a", [[230.0]])


def test_tags_are_of_the_topic_or_of_the_message() -> None:
    table = "measurement: ups_input, fields: {volts: {pointer: /v}}, tags: {line: 'L{line}', phase: /p}"
    made = own(f"topic: ups/{{k}}/{{line}}\nelement: '{{k}}'\ntables: [{{{table}}}]")
    assert rows(heard(made, "ups/a/2", {"v": 230, "p": 3})) == {
        "ups_input": {"line": "L2", "phase": "3", "volts": 230.0}
    }
    assert rows(heard(made, "ups/a/2", {"v": 230, "p": 10**30}))["ups_input"]["phase"] == f"1{'0' * 30}"
    assert "this is no name" in reason(heard(made, "ups/a/2", {"v": 230, "p": 10**300}))
    assert 'is "a\\n": this is no name' in reason(heard(made, "ups/a/2", {"v": 230, "p": "a\n"}))
    assert "it has nothing at /p" in reason(heard(made, "ups/a/2", {"v": 230}))
