"""Rules: every mistake is told with its line, and a level fires and clears where it says."""

from pathlib import Path

import pytest
from collector.watch.world import CONFIG
from hypothesis import given
from hypothesis import strategies as st

from collector.watch.rules import Absent, Threshold, Unreachable, is_about_us, load_rules
from contract.catalog import load_catalog
from contract.config_file import ConfigError

CATALOG = load_catalog(CONFIG / "catalog.yaml")
HEAD = "rules:\n  a-rule:\n    en: x\n    vi: x\n"


def told(tmp_path: Path, *files: str) -> str:
    """What is said of files of rules."""
    for number, text in enumerate(files):
        (tmp_path / f"{number}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_rules(tmp_path, CATALOG)
    return str(raised.value).replace(f"{tmp_path}/", "")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("    kind: unreachable\n    fro_s: 3\n", "0.yaml:6: rules.a-rule.fro_s: "),
        ("    kind: unreachabel\n", "0.yaml:5: rules.a-rule.kind: is none (did you mean unreachable?)"),
        ("    page: true\n", "0.yaml:2: rules.a-rule.kind: is missing"),
        ("    kind: unreachable\n    for_s: -1\n", "0.yaml:6: rules.a-rule.for_s: "),
        ("    kind: unreachable\n    for_s: .inf\n", "0.yaml:6: rules.a-rule.for_s: "),
        ("    kind: unreachable\n    severity: fatal\n", "0.yaml:6: rules.a-rule.severity: "),
        ("    kind: unreachable\n    page: maybe\n", "0.yaml:6: rules.a-rule.page: "),
        ("    kind: unreachable\n    roles: [A B]\n", "0.yaml:6: rules.a-rule.roles.0: "),
        ("    kind: absent\n", "0.yaml:2: rules.a-rule.of: "),
        ("    kind: absent\n    of: device\n", "0.yaml:6: rules.a-rule.of: "),
        ("    kind: threshold\n    measurement: mains\n    field: present\n", "either `above` or `below`"),
        (
            "    kind: threshold\n    measurement: mains\n    field: present\n    above: 1\n    below: 0\n",
            "either `above` or `below`",
        ),
        ("    kind: threshold\n    measurement: mains\n    field: present\n    above: .nan\n", "0.yaml:8: "),
        ("    kind: threshold\n    measurement: mains\n    field: present\n    above: 1\n    clear: 2\n", "at once"),
        ("    kind: threshold\n    measurement: mains\n    field: present\n    below: 1\n    clear: 0\n", "at once"),
        (
            "    kind: threshold\n    measurement: manis\n    field: present\n    below: 1\n",
            "0.yaml:6: rules.a-rule.measurement: the catalog has no measurement manis (did you mean mains?)",
        ),
        (
            "    kind: threshold\n    measurement: mains\n    field: presnt\n    below: 1\n",
            "0.yaml:7: rules.a-rule.field: the catalog has no field mains.presnt (did you mean present?)",
        ),
        (
            "    kind: threshold\n    measurement: availability\n    field: up_s\n    below: 1\n",
            "0.yaml:6: rules.a-rule.measurement: availability is worked out by the collector",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(tmp_path: Path, more: str, said: str) -> None:
    assert said in told(tmp_path, HEAD + more)


def test_a_name_is_given_once_and_a_folder_without_rules_is_none(tmp_path: Path) -> None:
    assert told(tmp_path) == f"{tmp_path}: has no rules (*.yaml)"
    good = f"{HEAD}    kind: unreachable\n"
    assert "1.yaml:2: rules.a-rule: a-rule is also in another file" in told(tmp_path, good, good)
    assert "0.yaml:2: rules.A Rule" in told(tmp_path, good.replace("a-rule", "A Rule"))


def test_all_that_is_wrong_in_all_files_is_told_at_once(tmp_path: Path) -> None:
    bad = [f"{HEAD.replace('a-rule', f'r{n}')}    kind: unreachable\n    for_s: x\n" for n in range(3)]
    assert told(tmp_path, *bad).count("for_s") == 3


def test_the_shipped_rules_are_good_and_wake_for_routers_what_cuts_off_and_agents_only() -> None:
    rules = load_rules(CONFIG / "rules", CATALOG)
    assert {name for name, rule in rules.items() if rule.page} == {
        "router-unreachable",
        "transmission-unreachable",
        "agent-silent",
    }
    assert [is_about_us(rules[name]) for name in ("agent-silent", "sensor-silent", "router-unreachable")] == [
        *(True, False, False)
    ]
    assert not is_about_us(None)
    assert isinstance(rules["agent-silent"], Absent)
    assert isinstance(rules["router-unreachable"], Unreachable)


@given(st.floats(-100, 100), st.floats(0, 50), st.floats(-200, 200), st.booleans())
def test_a_value_fires_beyond_its_level_and_is_clear_on_the_other_side_of_clear_and_between_it_is_neither(
    level: float, width: float, value: float, above: bool
) -> None:
    sign = 1 if above else -1
    given: dict[str, object] = {"above" if above else "below": sign * level, "clear": sign * (level - width)}
    rule = Threshold.model_validate(
        {"kind": "threshold", "en": "-", "vi": "-", "measurement": "m", "field": "f"} | given
    )
    expected = "true" if value > level else "clear" if value <= level - width else "between"
    assert rule.judge(sign * value) == expected
    plain = rule.model_copy(update={"clear": None})
    assert plain.judge(sign * value) == ("true" if value > level else "clear")
