"""Profiles: the shipped ones agree with the catalog, wrong ones are said line by line, hostile ones harm nobody."""

import re
import time
from pathlib import Path

import pytest

from contract.catalog import load_catalog
from contract.config_file import ConfigError, parse
from contract.config_folder import MAX_TEXT
from contract.profile import Profile
from contract.profiles import load_profiles, parse_profiles

CONFIG = Path(__file__).resolve().parents[2] / "config"
CATALOG = load_catalog(CONFIG / "catalog.yaml")
HEAD = "en: a\nvi: a\ntables:\n  - measurement: interface\n    tags: {if_name: {oid: 1.3.6.1}}\n    columns:\n"


def _problems(folder: Path, columns: str) -> list[str]:
    (folder / "p.yaml").write_text(HEAD + columns)
    with pytest.raises(ConfigError) as caught:
        load_profiles(folder, CATALOG)
    return [str(problem).removeprefix(f"{folder}/p.yaml:") for problem in caught.value.problems]


def test_the_shipped_profiles_load_and_agree_with_the_shipped_catalog() -> None:
    profiles, texts = load_profiles(CONFIG / "profiles", CATALOG)
    assert profiles.keys() == texts.keys() >= {"system", "if-mib"}


def test_profiles_that_travelled_as_texts_are_the_same() -> None:
    profiles, texts = load_profiles(CONFIG / "profiles", CATALOG)
    assert parse_profiles(texts) == profiles


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (
            "in_bsp: {oid: 1.3.6.1}",
            "7: tables.0.columns.in_bsp: the catalog has no interface.in_bsp (did you mean in_bps?)",
        ),
        ("in_octets: {oid: 1.3.6.1}", "7: tables.0.columns.in_octets: is a delta: `delta` is for deltas, and only"),
        ("in_bps: {oid: 1.3.6.1, delta: 64}", "is a gauge: `delta` is for deltas, and only"),
        ("oper_status: {oid: 1.3.6.1, rate: 64}", "is a state: no `rate`"),
        ("oper_status: {oid: 1.3.6.1, scale: 2}", "is a state, an integer: no `scale`"),
        ("oper_status: {oid: 1.3.6.1, otherwise: {oid: 1.3.6.2, scale: 2}}", "an integer: no `scale`"),
        ("in_bps: {oid: 1.3.6.1, rate: 64, otherwise: {oid: 1.3.6.2}}", "`otherwise` must be a `rate` or `delta`"),
        ("in_bps: {oid: 1.3.6.1, rate: 64, delta: 64}", "either `rate` or `delta`"),
        ("in_bps: {oid: 1.3.6.1, rate: 16}", "is 16, expected: 32 or 64"),
        ("in_bps: {oid: 1.3.6.1, scale: .nan}", "expected: a finite number"),
        ("in_bps: {oid: 1.3.6.1, scale: .inf}", "expected: a finite number"),
        ("in_bps: {oid: 1.3.6.1, sentinels: [9223372036854775808]}", "less than 9223372036854775808"),
        ("in_bps: {oid: 1.3.6.1, map: {1: 9223372036854775808}}", "less than 9223372036854775808"),
        ("in_bps: {oid: 1.3.6.1, sacle: 8}", "is not a known key (did you mean scale?)"),
        ("in_bps: {rate: 64}", "7: tables.0.columns.in_bps.oid: is missing"),
        ("in_bps: {oid: 1.3.6.1, rate: 64, static: true}", "a counter has no `static`, `times`"),
        ("in_octets: {oid: 1.3.6.1, delta: 64, times: 1.3.6.2}", "a counter has no `static`, `times`"),
        ("in_bps: {oid: 1.3.6.1, rate: 64, exponents: [{oid: 1.3.6.2}]}", "a counter has no `static`, `times`"),
        ("in_bps: {oid: 1.3.6.1, rate: 64, sentinels: [0]}", "`exponents` or `sentinels`"),
        ('in_bps: {oid: 1.3.6.1, rate: 64, text: [""]}', "a counter has no `mask` and no `text`"),
        ("in_octets: {oid: 1.3.6.1, delta: 64, mask: 1}", "a counter has no `mask` and no `text`"),
        ('oper_status: {oid: 1.3.6.1, text: [""]}', "is a state, an integer: no"),
        ("in_bps: {oid: 1.3.6.1, mask: 0}", "in_bps.mask: "),
        ("in_bps: {oid: 1.3.6.1, static: maybe}", "in_bps.static: "),
        ("in_bps: {oid: 1.3.6.1, times: ifSpeed}", "in_bps.times: "),
        ("in_bps: {oid: 1.3.6.1, exponents: [{map: {1: 2}}]}", "in_bps.exponents.0.oid: is missing"),
        ("in_bps: {oid: 1.3.6.1, exponents: [{oid: 1.3.6.2, map: {1: 31}}]}", "less than or equal to 30"),
        ("oper_status: {oid: 1.3.6.1, exponents: [{oid: 1.3.6.2}]}", "an integer: no `scale`, `exponents`, `real`"),
        ("oper_status: {oid: 1.3.6.1, map: {5: 8}}", "map: maps to 8, which interface.oper_status of the catalog"),
        ("oper_status: {oid: 1.3.6.1, offset: 1}", "`decibels` or `offset`"),
        ("in_bps: {oid: 1.3.6.1, offset: .nan}", "expected: a finite number"),
        ("in_bps: {oid: 1.3.6.1, rate: 64, offset: 1}", "no `decibels` and no `offset`"),
        ("in_bps: {oid: 1.3.6.1, when: [{oid: 1.3.6.2, values: []}]}", "in_bps.when.0.values: "),
        ("in_bps: {oid: 1.3.6.1, when: [{values: [1]}]}", "in_bps.when.0.oid: is missing"),
        ("in_bps: {oid: 1.3.6.1, when: {oid: 1.3.6.2, values: [1]}}", "in_bps.when: "),
        ("in_bps: {oid: 1.3.6.1, when: [{oid: 1.3.6.2}]}", "either `values`, or `at_least`, `at_most` or both"),
        ("in_bps: {oid: 1.3.6.1, when: [{oid: 1.3.6.2, values: [1], at_most: 2}]}", "either `values`, or"),
        ("in_bps: {oid: 1.3.6.1, rate: 64, when: [{oid: 1.3.6.2, values: [1]}]}", "a counter has no `when`"),
        ("in_bps: {oid: 1.3.6.1, rate: 64, decibels: true}", "a counter has no `when`, no `map`, no `decibels`"),
        ("oper_status: {oid: 1.3.6.1, decibels: true}", "`text`, `decibels` or"),
        ("in_bps: {oid: 1.3.6.1, otherwise: {oid: 1.3.6.2, static: true}}", "otherwise.static: is not a known key"),
        ("in_bps: [1]", "must be a mapping of keys to values"),
    ],
)
def test_a_wrong_column_is_said_with_line_and_key(tmp_path: Path, column: str, why: str) -> None:
    [problem] = _problems(tmp_path, f"      {column}\n")
    assert problem.startswith("7: tables.0.columns.")
    assert why in problem


@pytest.mark.parametrize(
    "oid",
    [
        "ifName",
        "1",
        "'1.3'.",
        "1.3.",
        ".1.3.6",
        "3.1.1",
        "1.40.1",
        "0.99.1",
        "1.3.4294967296",
        "1.3.-1",
        "1.3.٣.1",
        "[1, 3]",
        "1.3",
    ],
)
def test_what_is_no_oid_is_refused_with_an_example(tmp_path: Path, oid: str) -> None:
    problems = _problems(tmp_path, f"      in_bps: {{oid: {oid}}}\n")
    assert len(problems) == 1
    assert "1.3.6.1.2.1.1.3" in problems[0] or "is not YAML" in problems[0]


def test_every_problem_of_every_file_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("en: [")
    (tmp_path / "b.yaml").write_text(HEAD + "      in_bsp: {oid: 1.3.6.1}\n      out_bsp: {oid: 1.3.6.1}\n")
    (tmp_path / "c.yaml").write_text(HEAD.replace("interface", "interfaces") + "      x: {oid: 1.3.6.1}\n")
    (tmp_path / "d.yaml").mkdir()
    with pytest.raises(ConfigError) as caught:
        load_profiles(tmp_path, CATALOG)
    said = [str(problem).removeprefix(f"{tmp_path}/")[:8] for problem in caught.value.problems]
    assert said == ["a.yaml:2", "b.yaml:7", "b.yaml:8", "c.yaml:4", "d.yaml: "]
    assert "did you mean interface?" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("{measurement: system, scalar: true, tags: {a: {oid: 1.3.6}}, columns: {b: {oid: 1.3.6}}}", "no tags"),
        ("{measurement: interface, columns: {b: {oid: 1.3.6}}}", "tells its rows apart"),
        ("{measurement: system, scalar: true, columns: {}}", "at least 1 item"),
        ("{measurement: system, scalar: true}", "columns: is missing"),
        ("{measurement: system, scalar: true, changed: [1.3.6], columns: {b: {oid: 1.3.6}}}", "nothing that changes"),
        ("{measurement: a, interval_s: 0, tags: {a: {}}, columns: {b: {oid: 1.3.6}}}", "interval_s: is 0"),
        ("{measurement: a, interval_s: 90000, tags: {a: {}}, columns: {b: {oid: 1.3.6}}}", "interval_s: is 90000"),
        ("{measurement: a, tags: {a: {part: [2, 2]}}, columns: {b: {oid: 1.3.6}}}", r"`part` is \[from, to\)"),
        ("{measurement: a, tags: {a: {part: [0, 129]}}, columns: {b: {oid: 1.3.6}}}", r"tags\.a\.part"),
        ("{measurement: a, tags: {a: {part: [1]}}, columns: {b: {oid: 1.3.6}}}", r"tags\.a\.part"),
        ("{measurement: a, tags: {a: {otherwise: 1.3.6}}, columns: {b: {oid: 1.3.6}}}", "stands in for an `oid`"),
        ("{measurement: a, tags: {a: {}}, columns: {b: {oid: 1.3.6}}, ratios: {c: {of: b, to: d}}}", "d is none"),
        ("{measurement: a, tags: {a: {}}, columns: {b: {oid: 1.3.6}}, ratios: {b: {of: b, to: b}}}", "is of itself"),
        ("{measurement: a, tags: {a: {}}, columns: {b: {oid: 1.3.6, instance: true}}}", "a value of a scalar table"),
        ("{measurement: a, tags: {a: {}}, columns: {b: {oid: 1.3.6}}, ratios: {c: {of: b}}}", r"c\.to: is missing"),
        ("{measurement: a, tags: {a: {}}, columns: {b: {oid: 1.3.6}}, changed: [ifNumber]}", r"changed\.0"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(table: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        parse(f"en: a\nvi: a\ntables: [{table}]", Profile, "p")
    assert [problem.line for problem in caught.value.problems] == [3]


@pytest.mark.parametrize(
    "quirks",
    ["max_oids: 0", "max_oids: 91", "max_repetitions: 0", "in_flight: 17", "per_second: 0", "bulk: 3", "bluk: true"],
)
def test_a_wrong_quirk_is_said_with_line_and_key(quirks: str) -> None:
    with pytest.raises(ConfigError, match=rf"p:3: quirks\.{quirks.partition(':')[0]}: "):
        parse(HEAD.replace("tables:", f"quirks: {{{quirks}}}\ntables:") + "      in_bps: {oid: 1.3.6.1}", Profile, "p")


def test_a_ratio_that_is_no_gauge_of_the_catalog_is_said(tmp_path: Path) -> None:
    ratio = "      in_bps: {oid: 1.3.6.1}\n    ratios:\n      in_octets: {of: in_bps, to: in_bps}\n"
    [problem] = _problems(tmp_path, ratio)
    assert problem == "9: tables.0.ratios.in_octets: interface.in_octets is no gauge of the catalog"


def test_a_profile_may_not_produce_what_the_collector_works_out(tmp_path: Path) -> None:
    text = "en: a\nvi: a\ntables:\n  - {measurement: network, scalar: true, columns: {sites: {oid: 1.3.6.1}}}\n"
    (tmp_path / "p.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"4: tables\.0\.measurement: network is worked out by the collector"):
        load_profiles(tmp_path, CATALOG)


def test_a_folder_without_profiles_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has no profile \(\*\.yaml\)"):
        load_profiles(tmp_path, CATALOG)


def test_a_column_names_every_object_that_it_needs() -> None:
    rest = "times: 1.3.6.3, exponents: [{oid: 1.3.6.4}, {oid: 1.3.6.5}], when: [{oid: 1.3.6.6, values: [1]}]"
    text = HEAD + f"      in_bps: {{oid: 1.3.6.1, otherwise: {{oid: 1.3.6.2}}, {rest}}}\n"
    objects = parse(text, Profile, "p").value.tables[0].columns["in_bps"].objects()
    assert objects == [(1, 3, 6, n) for n in range(1, 7)]


def test_a_table_names_each_object_once() -> None:
    text = HEAD + "      in_bps: {oid: 1.3.6.2, otherwise: {oid: 1.3.6.1}}\n    discontinuity: 1.3.6.2\n"
    assert parse(text, Profile, "p").value.tables[0].objects() == [(1, 3, 6, 1), (1, 3, 6, 2)]


@pytest.mark.parametrize(
    "expression", ["(", "(a+)+$", "(a|aa)*b", "a*b*c*d*", "x" * 201, "(a{2}){3}", "a{99999999999}"]
)
def test_an_expression_that_could_hold_up_an_agent_is_refused(expression: str) -> None:
    with pytest.raises(ConfigError, match=r"match\.sys_descr"):
        parse(f"en: a\nvi: a\nmatch: {{sys_descr: ['{expression}']}}\n" + HEAD.split("vi: a\n")[1], Profile, "p")


def test_the_worst_expression_that_is_allowed_is_quick_on_the_longest_description() -> None:
    text = HEAD.replace("tables:", "match: {sys_descr: ['a*a*a*b']}\ntables:") + "      in_bps: {oid: 1.3.6.1}\n"
    [expression] = parse(text, Profile, "p").value.match.sys_descr
    began = time.process_time()
    assert re.search(expression, "a" * 255) is None
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\n" + "".join(f"c{n}: &b [*b,*b,*b,*b]\n" for n in range(40)),
        "en: 1" + ":1" * 100_000,
        "en: " + "x" * MAX_TEXT,
        "- 1\n" * 50_000,
    ],
    ids=["deep", "aliases", "base 60", "large", "wide"],
)
def test_a_hostile_text_of_an_assignment_is_a_config_error_in_time(text: str) -> None:
    began = time.process_time()
    with pytest.raises(ConfigError, match="profile"):
        parse_profiles({"p": text})
    assert time.process_time() - began < 8
