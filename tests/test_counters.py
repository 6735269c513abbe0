"""Every way that a reading, a batch or a message can go is counted, and the count is shown, stored and explained."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from agents.counters import METRICS as OF_AGENT
from collector.counters import METRICS as OF_COLLECTOR
from contract.catalog import load_catalog
from contract.metrics import Metric

ROOT = Path(__file__).resolve().parents[1]
CATALOG = load_catalog(ROOT / "config" / "catalog.yaml")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "config" / "examples"
OF_THE_PROCESS = {"agent": {"cpu_s", "rss_bytes"}, "collector": {"cpu_s"}}  # Prometheus has process_... for them
NO_COUNTERS = {
    "unsettled": "of a segment, and goes down again: `spool_batches` is the sum",
    "next": "of one lane: `batches_spooled` is the sum",
    "bytes": "of one lane: `spool_bytes` is the sum",
    "weight": "of one group",
    "failures": "of one socket, in a row",
    "fed": "octets of one file",
    "delivered": "`datagrams_received` less `datagrams_ignored`",
    **dict.fromkeys(["waiting", "duplicates"], "of one round of echoes"),
    "let_go": "of sensors: `sensor_messages_dropped`",
    **dict.fromkeys(["requests", "packets_out", "octets_out", "packets_in", "octets_in", "retries"], "of one session"),
}

Names = set[str]
Row = tuple[str, str, str]
each = pytest.mark.parametrize(
    ("room", "metrics"), [("agent", OF_AGENT), ("collector", OF_COLLECTOR)], ids=["agent", "collector"]
)


def _heading(room: str) -> str:
    return f"### Numbers of {'an agent' if room == 'agent' else 'a collector'}"


def _rows(room: str) -> list[Row]:
    """Name, meaning and what to do, as the table of the room says them."""
    _, _, after = OPERATIONS.partition(f"{_heading(room)}\n")
    table = after.partition("\n#")[0]
    found = re.findall(r"^\| `(\w+)`(?: by [a-z, ]+)? \| (.+?) \| (.+?) \|$", table, re.MULTILINE)
    return [(name, meaning, do) for name, meaning, do in found]


@each
def test_operations_explains_each_number_in_the_words_of_its_help_and_says_what_to_do(
    room: str, metrics: tuple[Metric[object], ...]
) -> None:
    rows = _rows(room)
    assert [(name, meaning) for name, meaning, _ in rows] == [(one.name, one.meaning) for one in metrics]
    assert [name for name, _, do in rows if len(do) < 4] == []


@each
def test_the_row_that_a_process_stores_about_itself_has_each_number(
    room: str, metrics: tuple[Metric[object], ...]
) -> None:
    fields = CATALOG.measurement(room).fields
    stored = {one.name: one for one in metrics if one.kind == "counter" or not one.labels}
    assert fields.keys() == stored.keys() | OF_THE_PROCESS[room]
    for name, one in stored.items():
        assert (fields[name].en, fields[name].kind == "delta") == (one.meaning, one.kind == "counter"), name


@each
def test_names_are_those_of_prometheus_and_said_once(room: str, metrics: tuple[Metric[object], ...]) -> None:
    names = [one.name for one in metrics]
    assert len(set(names)) == len(names)
    for one in metrics:
        assert re.fullmatch(r"[a-z]+(?:_[a-z]+)*", one.name)
        assert not one.name.endswith(("_total", "_count", "_sum", "_bucket", "_ms"))
        assert not {"le", "quantile", "instance", "job"} & set(one.labels)


def _counted(folder: str) -> Iterator[tuple[str, str]]:
    """Each name that a file of the folder counts up where others see it, or the key under which it does."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.AugAssign) or not isinstance(node.op, ast.Add):
                continue
            match node.target:
                case ast.Attribute(attr=name) if not name.startswith("_"):
                    yield path.relative_to(ROOT).as_posix(), name
                case ast.Subscript(value=ast.Attribute(attr="counts" | "_counts" | "held_counts"), slice=key):
                    yield from (
                        (path.relative_to(ROOT).as_posix(), str(part.value))
                        for part in ast.walk(key)
                        if isinstance(part, ast.Constant)
                    )


@pytest.mark.parametrize(
    ("counting", "tables"),
    [
        (["agents", "contract"], ["agents/*counters.py", "agents/*/counters.py"]),
        (["collector", "contract"], ["collector/*counters.py", "collector/parts.py"]),
    ],
    ids=["agent", "collector"],
)
def test_whatever_is_counted_is_in_the_table(counting: list[str], tables: list[str]) -> None:
    shown: Names = set()
    for path in (found for table in tables for found in ROOT.glob(table)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                    shown.add(name)
    counted = [found for folder in counting for found in _counted(folder)]
    assert len(counted) > 15
    assert [found for found in counted if found[1] not in shown | NO_COUNTERS.keys()] == []


def test_the_examples_for_prometheus_name_only_numbers_and_labels_that_are_there() -> None:
    shown = {
        f"mangrove_{room}_{one.name}{'_total' if one.kind == 'counter' else ''}": one.labels
        for room, metrics in (("agent", OF_AGENT), ("collector", OF_COLLECTOR))
        for one in metrics
    }
    alerts = yaml.safe_load((EXAMPLES / "prometheus-alerts.yml").read_text(encoding="utf-8"))
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    asked = "\n".join(rule["expr"] for rule in rules)
    named = set(re.findall(r"\bmangrove_(?:agent|collector)_[a-z_]+", asked + OPERATIONS))
    assert len(named) > 10
    assert named - shown.keys() == set()
    for name, label in re.findall(r"(mangrove_\w+)\{(\w+)=", asked):
        assert label in shown[name], name
    assert all(rule["alert"] and rule["annotations"]["summary"] for rule in rules)


def test_the_example_of_a_scrape_asks_where_the_examples_of_agent_and_collector_listen() -> None:
    (job,) = yaml.safe_load((EXAMPLES / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    asked = {entry["labels"]["role"]: entry["targets"] for entry in job["static_configs"]}
    for room in ("agent", "collector"):
        said = yaml.safe_load((EXAMPLES / f"{room}.yaml").read_text(encoding="utf-8"))["metrics"]
        assert asked[room] == [f"{said['host']}:{said['port']}"]
