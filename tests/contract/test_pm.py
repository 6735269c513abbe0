"""Files of counters: what is shipped loads, and what is wrong is told with its place."""

from pathlib import Path

import pytest
from system.parts import offline_collector, write_yaml

from contract.catalog import load_catalog
from contract.config_file import ConfigError
from contract.inventory import AgentEntry, Area, Cell, Inventory, Site, next_version
from contract.pm import load_counters, parse_counters
from mangrove.check import check_files

CONFIG = Path(__file__).parents[2] / "config"
CATALOG = load_catalog(CONFIG / "catalog.yaml")
HEAD = "en: a\nvi: a\ntechnologies: [4g]\ntables:\n"
ACCESS = "  - measurement: cell_access\n    fields:\n      rrc_attempts: [A]\n      rrc_successes: [B]\n"
PARTS = "    ratios:\n      rrc_pct: {of: [rrc_successes / rrc_attempts], scale: 100}\n"


def problems(folder: Path, **texts: str) -> str:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    with pytest.raises(ConfigError) as error:
        load_counters(folder, CATALOG)
    return str(error.value)


def test_the_shipped_files_load_and_have_the_technologies_that_they_say() -> None:
    found, texts = load_counters(CONFIG / "pm", CATALOG)
    assert {name: one.technologies for name, one in found.items()} == {"lte": ["4g"], "nr": ["5g"], "umts": ["3g"]}
    assert parse_counters(texts) == found


def test_every_ratio_that_is_shipped_has_its_sums_beside_it() -> None:
    for counters in load_counters(CONFIG / "pm", CATALOG)[0].values():
        for table in counters.tables:
            deltas = {n for n, f in CATALOG.measurement(table.measurement).fields.items() if f.kind == "delta"}
            assert deltas & table.fields.keys() == {name for part in table.parts for name in part}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + ACCESS, "tables.0.fields.rrc_attempts: is a delta: a ratio of this table must be of it"),
        (HEAD + ACCESS.replace("[A]", "[A+B]") + PARTS, ""),
        (HEAD + ACCESS.replace("[A]", '["A * B"]') + PARTS, "a.yaml:7: tables.0.fields.rrc_attempts.0: is 'A * B'"),
        (HEAD + ACCESS.replace("[A]", '["A +"]') + PARTS, "counters such as A.sum"),
        (HEAD + ACCESS.replace("[A]", "['A / B']") + PARTS, "joined by + and -"),
        (HEAD + ACCESS.replace("[A]", "[]") + PARTS, "at least 1 item"),
        (HEAD + ACCESS + PARTS.replace("rrc_attempts]", "rrc_attempt]"), "no field rrc_attempt (did you mean"),
        (HEAD + ACCESS + PARTS.replace(" / ", "/"), "two fields of this table such as"),
        (HEAD + ACCESS + PARTS.replace("rrc_pct", "rrc_percent"), "the catalog has no cell_access.rrc_percent"),
        (
            HEAD + ACCESS.replace("rrc_attempts", "rrc_tries") + PARTS.replace("rrc_attempts", "rrc_tries"),
            "no cell_access.rrc_tries",
        ),
        (HEAD + ACCESS.replace("cell_access", "coverage") + PARTS, "coverage is worked out by the collector"),
        (HEAD + ACCESS.replace("cell_access", "interface") + PARTS, "the catalog has no interface.technology"),
        (HEAD + ACCESS + PARTS + ACCESS.replace("rrc_", "signalling_"), "two tables of cell_access would be one row"),
        (
            HEAD + ACCESS + PARTS + "      bearer_pct: {of: [rrc_attempts / rrc_successes]}\n",
            "rrc_attempts stands in two different parts",
        ),
        (HEAD + "  - measurement: cell\n    fields: {suspect: [A]}\n", "is a state: only @suspect gives a state"),
        (HEAD + "  - measurement: cell_load\n    fields: {dl_prb_pct: ['@suspect']}\n", "is a gauge: only @suspect"),
        (HEAD.replace("4g", "6g") + ACCESS + PARTS, "'2g', '3g', '4g' or '5g'"),
    ],
)
def test_what_is_wrong_with_a_file_of_counters_is_told(tmp_path: Path, text: str, words: str) -> None:
    if not words:  # A+B is a name like any other: vendors' names have all kinds of letters
        (tmp_path / "a.yaml").write_text(text)
        assert load_counters(tmp_path, CATALOG)[0]["a"].tables[0].fields["rrc_attempts"][0].counters[0].name == "A+B"
        return
    assert words in problems(tmp_path, a=text)


def test_two_files_of_one_technology_are_a_problem(tmp_path: Path) -> None:
    good = HEAD + ACCESS + PARTS
    assert "b.yaml: technologies: 4g is also read by a.yaml" in problems(tmp_path, a=good, b=good)


def test_cells_go_to_the_agent_that_reads_them_with_the_counters_and_change_the_version() -> None:
    inventory = Inventory(
        areas=[Area(id="nam-can", name="-", level="commune")],
        sites=[Site(id="s", name="-", area="nam-can")],
        agents=[AgentEntry(id="a"), AgentEntry(id="b")],
        cells=[
            Cell(id="c-1", site="s", technology="4g", operator="mau", agent="a", key="Cell=1"),
            Cell(id="c-2", site="s", technology="5g", operator="mau", agent="a"),
            Cell(id="c-3", site="s", technology="5g", operator="mau"),
        ],
    )
    version = next_version(None, inventory, {}, 1, counters={"lte": "x"})
    mine = version.assignment("a")
    assert [(cell.id, cell.key, cell.technology) for cell in mine.cells] == [
        ("c-1", "Cell=1", "4g"),
        ("c-2", "c-2", "5g"),
    ]
    assert (mine.counters, version.assignment("b").counters) == ({"lte": "x"}, {})
    assert next_version(version, inventory, {}, 2, counters={"lte": "y"}).id != version.id
    assert next_version(version, inventory, {}, 2, counters={"lte": "x"}) is version


def test_cells_that_no_file_of_counters_is_for_are_told_before_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offline_collector(tmp_path)
    cell = {"id": "c", "site": "s", "technology": "4g", "operator": "o", "agent": "a"}
    given = {
        "areas": [{"id": "x", "name": "x", "level": "commune"}],
        "sites": [{"id": "s", "name": "s", "area": "x"}],
        "agents": [{"id": "a"}],
        "cells": [cell],
    }
    write_yaml(tmp_path / "inventory.yaml", given)
    assert check_files([tmp_path / "collector.yaml"]) == 2
    assert "collector.yaml: pm: is missing: name the folder of counters" in capsys.readouterr().err
    del cell["agent"]
    write_yaml(tmp_path / "inventory.yaml", given)
    assert check_files([tmp_path / "collector.yaml"]) == 0
