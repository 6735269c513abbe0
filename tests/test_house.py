"""The checkout keeps the rules of the house, and each rule catches a made-up tree that breaks it."""

from pathlib import Path

import pytest
from house import (
    LONGEST,
    RULES,
    Rule,
    Tree,
    contract_needs_little,
    edges_are_single,
    folders_are_known,
    imports_go_down,
    no_package_in_tests,
    only_the_judge_reads_the_truth,
    product_files_are_short,
    python_is_in_rooms,
    readmes_name_the_commands,
    tree,
)

ROOT = Path(__file__).resolve().parents[1]

WHOLE = {f"README{language}.md": "`make demo`, `make test`" for language in ("", ".vi")}
BREACHES: tuple[tuple[Rule, Tree], ...] = (
    (imports_go_down, {"agents/a.py": "import collector.store"}),
    (imports_go_down, {"collector/deep/down/a.py": "def f():\n    from agents import poll"}),
    (imports_go_down, {"dashboards/a.py": "import os, simulator as s"}),
    (imports_go_down, {"simulator/a.py": "import importlib\nimportlib.import_module('agents.poll')"}),
    (imports_go_down, {"contract/a.py": "if TYPE_CHECKING:\n    from agents.poll import Poll"}),
    (imports_go_down, {"collector/a.py": "from mangrove import cli"}),
    (imports_go_down, {"benchmarks/a.py": "from mangrove import cli"}),
    (imports_go_down, {"mangrove/a.py": "__import__('tests.servers')"}),
    (contract_needs_little, {"contract/a.py": "import requests"}),
    (contract_needs_little, {"contract/a.py": "from numpy.linalg import norm"}),
    (only_the_judge_reads_the_truth, {"mangrove/demo/a.py": "from simulator.truth import read"}),
    (only_the_judge_reads_the_truth, {"mangrove/a.py": "from simulator import score"}),
    (edges_are_single, {"contract/topics.py": "import paho.mqtt.client"}),
    (edges_are_single, {"agents/publish.py": "from paho.mqtt import client"}),
    (edges_are_single, {"collector/a.py": "import duckdb", "simulator/b.py": "import duckdb"}),
    (
        edges_are_single,
        {"collector/a.py": "import influxdb_client", "dashboards/b.py": "from influxdb_client import X"},
    ),
    (edges_are_single, {"collector/a.py": "import sqlite3", "collector/watch/b.py": "import sqlite3"}),
    (folders_are_known, {"utils/readme.txt": ""}),
    (python_is_in_rooms, {"config/a.py": ""}),
    (python_is_in_rooms, {"docs/figures/plot.py": ""}),
    (python_is_in_rooms, {"setup.py": ""}),
    (product_files_are_short, {"agents/snmp/ber.py": "x = 1\n" * (LONGEST + 1)}),
    (no_package_in_tests, {"tests/__init__.py": ""}),
    (no_package_in_tests, {"tests/agents/__init__.py": ""}),
    (readmes_name_the_commands, {"README.vi.md": ""}),
    (readmes_name_the_commands, {"README.md": "make demo"}),
)
ALLOWED: Tree = WHOLE | {
    "contract/mqtt.py": "import ssl\nimport paho.mqtt.client\nfrom contract.topics import acks",
    "agents/a.py": "from . import b\nfrom ..agents import c\nimport contract, numpy, sqlite3\n"
    + "x = 1\n" * (LONGEST - 3),
    "mangrove/sim_score.py": "from simulator.truth import read",
    "collector/state.py": "import sqlite3, duckdb",
    "mangrove/demo.py": "def f():\n    import agents, collector, contract, dashboards, simulator",
    "benchmarks/mqtt.py": "import paho, collector\n" + "x = 1\n" * LONGEST,
    "tests/test_demo.py": "import mangrove, paho, duckdb, sqlite3",
    "config/catalog.yaml": "",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_checkout_keeps_the_rule(rule: Rule) -> None:
    assert rule(tree(ROOT)) == []


@pytest.mark.parametrize(("rule", "files"), BREACHES, ids=lambda part: getattr(part, "__name__", None))
def test_a_breach_is_caught_by_its_rule_and_by_no_other(rule: Rule, files: Tree) -> None:
    assert [other for other in RULES if other(WHOLE | dict(files))] == [rule]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_what_is_allowed_is_not_a_breach(rule: Rule) -> None:
    assert rule(ALLOWED) == []


def test_every_rule_is_shown_a_breach() -> None:
    assert {rule for rule, _ in BREACHES} == set(RULES)


def test_the_tree_is_read_without_what_tools_leave_behind(tmp_path: Path) -> None:
    for name in (
        "agents/a.py",
        "agents/__pycache__/a.pyc",
        ".venv/lib/b.py",
        "dist/c.py",
        "d.egg-info/e.py",
        "config/f.png",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff" if name.endswith(".png") else b"x = 1")
    assert tree(tmp_path) == {"agents/a.py": "x = 1", "config/f.png": ""}
