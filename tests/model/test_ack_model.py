"""The acknowledgement contract holds in every scene, and no rule of it can be left out.

See docs/decisions/0001-acknowledgement.md.
"""

from dataclasses import replace

import pytest
from model.rules import Promise, Rule, Scene
from model.scenes import FULL, SETTINGS, Setting
from model.search import Verdict, explore


def _without(settings: dict[str, Setting]) -> list[tuple[str, Rule]]:
    return [(scene, rule) for scene, setting in settings.items() for rule in setting.broken]


def _told(verdict: Verdict) -> str:
    return f"{verdict.broken} after\n  " + "\n  ".join(verdict.story)


def _assert_holds(scene: Scene) -> None:
    verdict = explore(scene)
    assert verdict.broken is None, _told(verdict)


def _assert_fails(setting: Setting, rule: Rule) -> None:
    verdict = explore(replace(setting.scene, missing=frozenset({rule})))
    assert verdict.broken == setting.broken[rule], _told(verdict)


@pytest.mark.parametrize("scene", SETTINGS)
def test_the_corrected_contract_holds(scene: str) -> None:
    _assert_holds(SETTINGS[scene].scene)


@pytest.mark.parametrize(("scene", "rule"), _without(SETTINGS), ids=lambda part: getattr(part, "name", part))
def test_without_a_rule_the_contract_fails(scene: str, rule: Rule) -> None:
    _assert_fails(SETTINGS[scene], rule)


def test_every_rule_is_tried_in_some_scene() -> None:
    assert set(Rule) == {rule for setting in SETTINGS.values() for rule in setting.broken}


def test_a_failure_is_told_as_the_shortest_story() -> None:
    verdict = explore(replace(SETTINGS["delivery"].scene, missing=frozenset({Rule.PUBACK_FREES_NOTHING})))
    assert verdict.broken == Promise.I1_NOTHING_LOST
    assert verdict.story == ("agent appends A and fsyncs", "agent sends A")


@pytest.mark.torture
@pytest.mark.timeout(600)
@pytest.mark.parametrize("scene", FULL)
def test_the_corrected_contract_holds_at_full_size(scene: str) -> None:
    _assert_holds(FULL[scene].scene)


@pytest.mark.torture
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("scene", "rule"), _without(FULL), ids=lambda part: getattr(part, "name", part))
def test_without_a_rule_the_contract_fails_at_full_size(scene: str, rule: Rule) -> None:
    _assert_fails(FULL[scene], rule)
