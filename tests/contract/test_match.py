"""Which profiles fit a device: each key that is given must hold, evidence is asked for last, bad texts cost little."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from contract.catalog import load_catalog
from contract.config_file import parse
from contract.match import MAX_DESCR, matching
from contract.oid import Expression, Oid
from contract.profile import Profile
from contract.profiles import load_profiles

CONFIG = Path(__file__).resolve().parents[2] / "config"
SHIPPED, _ = load_profiles(CONFIG / "profiles", load_catalog(CONFIG / "catalog.yaml"))
CISCO = (1, 3, 6, 1, 4, 1, 9, 1, 1208)
LINUX = (1, 3, 6, 1, 4, 1, 8072, 3, 2, 10)
TABLES = "tables: [{measurement: system, scalar: true, columns: {uptime_s: {oid: 1.3.6.1.2.1.1.3}}}]"


def _profile(match: str) -> Profile:
    return parse(f"en: a\nvi: a\nmatch: {match}\n{TABLES}", Profile, "p").value


def _fits(match: str, sys_object_id: Oid = CISCO, sys_descr: str = "Cisco IOS Software", has: bool = False) -> bool:
    return matching({"p": _profile(match)}, sys_object_id, sys_descr, lambda _: has) == ["p"]


def _under(*prefixes: Oid) -> Callable[[Oid], bool]:
    return lambda oid: any(prefix[: len(oid)] == oid for prefix in prefixes)


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ("{}", True),
        ("{sys_object_id: [1.3.6.1.4.1.9]}", True),
        ("{sys_object_id: [1.3.6.1.4.1.9.1.1208]}", True),
        ("{sys_object_id: [1.3.6.1.4.1.9.1.1208.1]}", False),
        ("{sys_object_id: [1.3.6.1.4.1.9.1.120]}", False),  # parts, not characters
        ("{sys_object_id: [1.3.6.1.4.1.2011, 1.3.6.1.4.1.9]}", True),
        ("{sys_descr: [IOS]}", True),
        ("{sys_descr: ['^IOS']}", False),
        ("{sys_descr: [ios]}", False),
        ("{sys_descr: ['(?i)ios']}", True),
        ("{sys_descr: [VRP, IOS]}", True),
        ("{sys_object_id: [1.3.6.1.4.1.9], sys_descr: [VRP]}", False),
        ("{sys_object_id: [1.3.6.1.4.1.2011], sys_descr: [IOS]}", False),
        ("{has: [1.3.6.1.2.1.15.3.1.2]}", False),
    ],
)
def test_of_each_key_that_is_given_one_item_must_hold(match: str, fits: bool) -> None:
    assert _fits(match) is fits


def test_evidence_that_is_there_fits() -> None:
    assert _fits("{has: [1.3.6.1.2.1.15.3.1.2, 1.3.6.1.2.1.14]}", has=True)
    assert not _fits("{sys_descr: [VRP], has: [1.3.6.1.2.1.14]}", has=True)


def test_the_device_is_asked_only_where_the_rest_fits_and_once_for_each_oid() -> None:
    asked: list[Oid] = []

    def has(oid: Oid) -> bool:
        asked.append(oid)
        return oid == (1, 3, 7)

    profiles = {
        "a": _profile("{sys_descr: [VRP], has: [1.3.6]}"),
        "b": _profile("{has: [1.3.7, 1.3.8]}"),
        "c": _profile("{has: [1.3.9, 1.3.7]}"),
        "d": _profile("{has: [1.3.9]}"),
    }
    assert matching(profiles, CISCO, "Cisco", has) == ["b", "c"]
    assert asked == [(1, 3, 7), (1, 3, 9)]


def test_the_most_specific_comes_first() -> None:
    profiles = {
        "any-b": _profile("{}"),
        "any-a": _profile("{}"),
        "evident": _profile("{has: [1.3.6]}"),
        "told": _profile("{sys_descr: [IOS]}"),
        "maker": _profile("{sys_object_id: [1.3.6.1.4.1.9, 1.3.6.1.4]}"),
        "model": _profile("{sys_object_id: [1.3.6.1.4.1, 1.3.6.1.4.1.9.1.1208]}"),
        "maker-told": _profile("{sys_object_id: [1.3.6.1.4.1.9], sys_descr: [IOS]}"),
    }
    found = matching(profiles, CISCO, "IOS", lambda _: True)
    assert found == ["model", "maker-told", "maker", "told", "evident", "any-a", "any-b"]


def test_a_profile_is_left_out_where_another_one_is_read_instead() -> None:
    profiles = {
        "any": _profile("{has: [1.3.6]}"),
        "better": _profile("{sys_descr: [IOS], instead_of: [any, better]}"),
        "other": _profile("{sys_descr: [VRP], instead_of: [better]}"),
    }
    assert matching(profiles, CISCO, "IOS", lambda _: True) == ["better"]
    assert matching(profiles, CISCO, "", lambda _: True) == ["any"]


def test_what_a_shipped_profile_is_read_instead_of_is_shipped() -> None:
    assert {other for profile in SHIPPED.values() for other in profile.match.instead_of} <= SHIPPED.keys()


@pytest.mark.parametrize(
    ("sys_object_id", "there", "also"),
    [
        (CISCO, (), []),
        (
            LINUX,
            ((1, 3, 6, 1, 2, 1, 25, 1, 6, 0), (1, 3, 6, 1, 4, 1, 2021, 4, 5, 0)),
            ["net-snmp-linux", "host-resources"],
        ),
        (LINUX, ((1, 3, 6, 1, 2, 1, 25, 1, 6, 0),), ["host-resources"]),
        (CISCO, ((1, 3, 6, 1, 4, 1, 2021, 4, 5, 0),), []),
        ((1, 3, 6, 1, 4, 1, 2011, 2, 62), ((1, 3, 6, 1, 2, 1, 15, 3, 1, 2, 192, 0, 2, 1),), ["bgp4"]),
        (CISCO, ((1, 3, 6, 1, 2, 1, 14, 1, 2, 0),), ["ospf"]),
        (CISCO, ((1, 0, 8802, 1, 1, 2, 1, 3, 7, 1, 3, 1),), ["lldp"]),
        (CISCO, ((1, 3, 6, 1, 2, 1, 99, 1, 1, 1, 4, 1001),), ["entity-sensor"]),
        ((1, 3, 6, 1, 4, 1, 318, 1, 3, 27), ((1, 3, 6, 1, 2, 1, 33, 1, 2, 1, 0),), ["ups-mib"]),
        ((), (), []),
    ],
)
def test_the_shipped_profiles_fit_who_has_what_they_read(
    sys_object_id: Oid, there: tuple[Oid, ...], also: list[str]
) -> None:
    assert matching(SHIPPED, sys_object_id, "", _under(*there)) == [*also, "if-mib", "system"]


def test_only_what_a_description_may_have_is_looked_at() -> None:
    assert _fits("{sys_descr: [IOS]}", sys_descr="x" * (MAX_DESCR - 3) + "IOS")
    assert not _fits("{sys_descr: [IOS]}", sys_descr="x" * MAX_DESCR + "IOS")


@pytest.mark.parametrize(
    ("expression", "descr"),
    [
        ("a*a*a*b", "a" * 1_000_000),
        ("(a|a|a|a)x", "a" * 65_000),
        ("a*a*a?b", "a" * 255),
        ("[^b]*[^c]*[^d]*!", "é\0" * 30_000),
        (".*.*.*\\Z!", "\n" * 65_000),
    ],
)
def test_the_worst_description_costs_no_more_than_seconds(expression: str, descr: str) -> None:
    profile = _profile(f"{{sys_descr: ['{expression}']}}")
    began = time.process_time()
    assert matching({"p": profile}, CISCO, descr, lambda _: True) == []
    assert time.process_time() - began < 5


@pytest.mark.parametrize("expression", ["(a|a)" * 20 + "b", "a?" * 30 + "a" * 30, "(a|b|c|d|e)", "(?:a|a)(?:b|b)"])
def test_choices_that_multiply_are_refused(expression: str) -> None:
    with pytest.raises(ValidationError, match="repeats and choices"):
        TypeAdapter(Expression).validate_python(expression)


@pytest.mark.parametrize(
    "expression", ["IOS|NX-OS|IOS XE|IOS XR|Catalyst", r"VRP .*Version \d+", "(?i)(smart|symmetra)"]
)
def test_what_people_write_is_allowed(expression: str) -> None:
    assert re.compile(TypeAdapter[str](Expression).validate_python(expression))
