"""Mappings: the shipped ones agree with the catalog, wrong ones are said line by line, hostile ones harm nobody."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.catalog import load_catalog
from contract.config_file import ConfigError, parse
from contract.config_folder import MAX_TEXT
from contract.mapping import MAX_TABLES, Mapping, load_mappings, parse_mappings, pointer_text

CONFIG = Path(__file__).resolve().parents[2] / "config"
CATALOG = load_catalog(CONFIG / "catalog.yaml")
HEAD = "en: a\nvi: a\ntopic: site/{site}/power\nelement: '{site}'\ntables:\n"
MAINS = "  - {measurement: mains, fields: {volts: {pointer: /v}}}\n"
FIELD = "  - measurement: mains\n    fields:\n      "
LINES = HEAD.replace("topic", "format: line-protocol\ntopic")
LINE = "  - {measurement: mains, line: m, fields: {volts: {pointer: /fields/v}}}\n"
NODE = HEAD.replace("topic: site/{site}/power", "format: sparkplug\ntopic: spBv1.0/{group}/{type}/{site}")


def _problem(folder: Path, text: str) -> str:
    (folder / "m.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_mappings(folder, CATALOG)
    [problem] = [str(problem).removeprefix(f"{folder}/m.yaml:") for problem in caught.value.problems]
    return problem


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAD.replace("topic", "format: xml\ntopic") + MAINS, "3: format: is 'xml', expected: 'json', 'line-protocol'"),
        (HEAD + LINE, "`line` is of the format line-protocol"),
        (LINES + MAINS, "each table of line protocol needs `line`"),
        (LINES + LINE.replace("/fields/v", "/v"), "`/v` is no place in a line: /fields/NAME or /tags/NAME"),
        (LINES.replace("'{site}'", "/site") + LINE, "`/site` is no place in a line"),
        (LINES + LINE + "time: {pointer: /fields/t, unit: ns}\n", "the time of a line is `{pointer: /time, unit: ns}`"),
        (
            LINES + LINE + "time: {pointer: /time, unit: iso8601}\n",
            "the time of a line is `{pointer: /time, unit: ns}`",
        ),
        (LINES + LINE + LINE, "two tables of mains with the same tags would be one row"),
        (LINES + LINE + LINE.replace("line: m", "line: n"), "two tables of mains with the same tags would be one row"),
        (NODE.replace("{type}", "NDATA") + MAINS, "a topic of Sparkplug is spBv1.0/{group}/{type}/{node}"),
        (NODE.replace("/{site}\n", "/{site}/a/b\n") + MAINS, "a topic of Sparkplug is spBv1.0/{group}/{type}/{node}"),
        (NODE.replace("'{site}'", "/id") + MAINS, "element and tags of Sparkplug are texts"),
        (NODE.replace("'{site}'", "'{site}-{type}'") + MAINS, "element and tags of Sparkplug are texts"),
        (NODE + MAINS + "time: {pointer: /t, unit: ms}\n", "the metrics of Sparkplug have their own times"),
        (NODE + LINE, "the metrics of Sparkplug have their own times: no `time`, and no `line`"),
        (NODE + MAINS.replace("/v", "''"), "a pointer of Sparkplug is a metric"),
    ],
)
def test_what_does_not_fit_the_format_is_said(tmp_path: Path, text: str, why: str) -> None:
    assert why in _problem(tmp_path, text)


def test_lines_that_say_different_fields_of_one_measurement_may_have_a_table_each() -> None:
    other = "  - {measurement: mains, line: n, fields: {present: {pointer: /fields/on, enum: {'true': 1}}}}\n"
    assert len(parse(LINES + LINE + other, Mapping, "m").value.tables) == 2


def test_the_shipped_mappings_load_and_agree_with_the_shipped_catalog() -> None:
    mappings, texts = load_mappings(CONFIG / "sensors", CATALOG)
    assert mappings.keys() == texts.keys() >= {"site-power", "site-cabinet"}
    assert parse_mappings(texts) == mappings


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            HEAD + FIELD + "volt: {pointer: /v}\n",
            "8: tables.0.fields.volt: the catalog has no mains.volt (did you mean v",
        ),
        (HEAD + FIELD + "volts: {pointer: v}\n", "8: tables.0.fields.volts.pointer: is 'v', expected: a JSON pointer"),
        (HEAD + FIELD + "volts: {pointer: /a~2}\n", "expected: a JSON pointer such as /battery/v"),
        (HEAD + FIELD + f"volts: {{pointer: {'/a' * 33}}}\n", "with at most 32 steps"),
        (HEAD + FIELD + "volts: {scale: 2}\n", "8: tables.0.fields.volts.pointer: is missing"),
        (HEAD + FIELD + "volts: {pointer: /v, scale: .nan}\n", "expected: a finite number"),
        (HEAD + FIELD + "volts: {pointer: /v, offset: .inf}\n", "expected: a finite number"),
        (HEAD + FIELD + "volts: {pointer: /v, enum: {a: 1}}\n", "is a gauge: `enum` is for states, and only"),
        (HEAD + FIELD + "present: {pointer: /v}\n", "is a state: `enum` is for states, and only"),
        (HEAD + FIELD + "present: {pointer: /v, enum: {a: 7}}\n", "has no value 7 (known: 0 lost, 1 present)"),
        (HEAD + FIELD + "present: {pointer: /v, enum: {a: 1.5}}\n", "8: tables.0.fields.present.enum.a: is 1.5"),
        (HEAD + FIELD + "present: {pointer: /v, enum: {on: 1}}\n", "a key is a word or a whole number: put it in quo"),
        (HEAD + FIELD + "present: {pointer: /v, scale: 2, enum: {a: 1}}\n", "either `enum` or `scale` and `offset`"),
        (HEAD + FIELD + "volts: {pointer: /v, sentinels: [true]}\n", "true and false are the texts"),
        (HEAD + FIELD + "volts: {pointer: /v, sentinels: [.inf]}\n", "a number or a text"),
        (HEAD + FIELD + "volts: {pointer: /v, sacle: 2}\n", "is not a known key (did you mean scale?)"),
        (HEAD + "  - {measurement: mians, fields: {v: {pointer: ''}}}\n", "no measurement mians (did you mean mains?)"),
        (HEAD + "  - {measurement: network, fields: {sites: {pointer: ''}}}\n", "worked out by the collector"),
        (HEAD + "  - {measurement: interface, fields: {in_bps: {pointer: ''}}}\n", "lacks the tag if_name"),
        (
            HEAD + "  - {measurement: interface, tags: {if_name: x}, fields: {in_octets: {pointer: ''}}}\n",
            "is a delta: messages of sensors give gauges and states",
        ),
        (HEAD + MAINS + MAINS, "two tables of mains with the same tags would be one row"),
        (HEAD + "  []\n", "at least 1 item"),
        (HEAD + MAINS * (MAX_TABLES + 1), f"at most {MAX_TABLES} items"),
        (HEAD.replace("'{site}'", "'{sit}'") + MAINS, "the topic has no part {sit} (did you mean site?)"),
        (HEAD.replace("'{site}'", "'{site'") + MAINS, "4: element: is '{site', expected: a text with named parts"),
        (HEAD.replace("'{site}'", "'{site.__class__}'") + MAINS, "a text with named parts"),
        (HEAD.replace("'{site}'", "'{site!r:>99}'") + MAINS, "a text with named parts"),
        (HEAD.replace("'{site}'", "''") + MAINS, "a text with named parts"),
        (HEAD.replace("'{site}'", "5") + MAINS, "a text with named parts"),
        (HEAD + "  - {measurement: mains, tags: {x: '{y}'}, fields: {volts: {pointer: ''}}}\n", "no part {y}"),
        (
            HEAD + MAINS + "time: {pointer: /t, unit: m}\n",
            "7: time.unit: is 'm', expected: 's', 'ms', 'us', 'ns' or 'iso",
        ),
    ],
)
def test_a_wrong_mapping_is_said_with_line_and_key(tmp_path: Path, text: str, why: str) -> None:
    assert why in _problem(tmp_path, text)


@pytest.mark.parametrize(
    "topic",
    ["site/+/power", "site/#", "site/x{site}", "{site}{site}", "{a}/{a}", "$SYS/{site}", "{Site}", "a/\x7f/{b}"],
)
def test_what_is_no_pattern_of_topics_is_refused(tmp_path: Path, topic: str) -> None:
    text = HEAD.replace("site/{site}/power", f'"{topic}"'.replace("\x7f", "\\x7f")).replace("'{site}'", "x")
    assert _problem(tmp_path, text + MAINS).startswith("3: topic: ")


def test_tables_of_one_measurement_are_told_apart_by_their_tags() -> None:
    row = "  - {{measurement: ups_input, tags: {{line: '{}'}}, fields: {{volts: {{pointer: /v{}}}}}}}\n"
    made = parse(HEAD + row.format(1, 1) + row.format(2, 2), Mapping, "m").value
    assert [table.tags for table in made.tables] == [{"line": "1"}, {"line": "2"}]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8), max_size=5))
def test_a_pointer_is_read_as_it_is_written(steps: list[str]) -> None:
    text = pointer_text(tuple(steps))
    table = {"measurement": "mains", "fields": {"volts": {"pointer": text}}}
    made = Mapping.model_validate({"en": "", "vi": "", "topic": "t", "element": "e", "tables": [table]})
    assert made.tables[0].fields["volts"].pointer == tuple(steps)


def test_a_folder_without_mappings_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has no mapping \(\*\.yaml\)"):
        load_mappings(tmp_path, CATALOG)


def test_a_folder_that_no_agent_would_take_is_said_where_it_is_read(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(HEAD + MAINS + f"# {'x' * (MAX_TEXT // 2)}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=f"over the limit of {MAX_TEXT}: no agent would take them"):
        load_mappings(tmp_path, CATALOG)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        "en: " + "x" * MAX_TEXT,
        "- 1\n" * 50_000,
        HEAD.replace("site/{site}/power", "/".join(["{a}"] * 150_000)),
        HEAD.replace("'{site}'", "'" + "{site}" * 100_000 + "}'") + MAINS,
        HEAD + FIELD + "volts: {pointer: '" + "/~1" * 200_000 + "~'}\n",
        HEAD + MAINS * 15_000,
    ],
    ids=["deep", "large", "wide", "topic", "element", "pointer", "tables"],
)
def test_a_hostile_text_of_an_assignment_is_a_config_error_in_time(text: str) -> None:
    began = time.process_time()
    with pytest.raises(ConfigError, match="mapping"):
        parse_mappings({"m": text})
    assert time.process_time() - began < 8
