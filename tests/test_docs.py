"""What the documents say is so: links lead somewhere, commands and log lines exist, examples load, pages are fresh."""

import ast
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
import yaml
from pydantic import BaseModel
from typer.testing import CliRunner

from agents.config import load_agent_config
from agents.credentials import security
from benchmarks.__main__ import has_main, names
from collector.config import InfluxStoreConfig, load_collector_config
from contract.catalog import Catalog, load_catalog
from contract.config_file import ConfigError
from contract.inventory_check import load_inventory
from contract.profile import Column, Exponent, Match, ProfileTable, Quirks, Ratio, TagColumn, When
from contract.profiles import load_profiles
from mangrove import certificates
from mangrove.catalog_table import page
from mangrove.check import check_files
from mangrove.cli import app
from mangrove.demo.picture import svg

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
CONFIG = ROOT / "config"
EXAMPLES = CONFIG / "examples"
COLLECTORS = ("collector.yaml", "collector-embedded.yaml", "collector-influx1.yaml", "collector-victoria.yaml")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "benchmarks" / "README.md"])
OURS = [path for path in PAGES if path.name != "0001-acknowledgement.md"]
ROOMS = ("agents", "collector", "contract", "mangrove")

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LOG_ROW = re.compile(r"^\| `([^`]+)` \| (?:both|agent|collector) \|", re.MULTILINE)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _headings(text: str) -> list[str]:
    return _HEADING.findall(_FENCE.sub("", text))


def _anchor(heading: str) -> str:
    """The fragment that a heading gets from the usual renderers."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    broken = []
    for link in _LINK.findall(_FENCE.sub("", _text(path))):
        target, _, fragment = link.partition("#")
        if "://" in target:
            continue
        found = (path.parent / target).resolve() if target else path
        if not found.exists() or (fragment and fragment not in map(_anchor, _headings(_text(found)))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_of_ours_that_is_named_is_there(path: Path) -> None:
    named = re.findall(r"`((?:agents|collector|config|contract|docs|mangrove|simulator)/[\w/.-]*)`", _text(path))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_line_but_of_tables_and_code_is_longer_than_120(path: Path) -> None:
    prose = _FENCE.sub("", _text(path)).splitlines() if path.name != "catalog.md" else []
    assert [line for line in prose if len(line) > 120 and not line.startswith(("|", "    "))] == []


def _commands() -> Iterator[str]:
    command = typer.main.get_command(app)
    for name, sub in getattr(command, "commands", {}).items():
        inner = getattr(sub, "commands", None)
        yield from (f"{name} {word}" for word in inner) if inner else [name]


@pytest.mark.parametrize("name", ["README.md", "README.vi.md"])
def test_the_front_page_has_every_command_and_no_other(name: str) -> None:
    listed = re.findall(r"^\| `mangrove ([a-z -]+)` \|", _text(ROOT / name), re.MULTILINE)
    assert sorted(listed) == sorted(_commands())


@pytest.mark.parametrize("command", ["", *dict.fromkeys(name.partition(" ")[0] for name in _commands()), *_commands()])
def test_every_command_explains_itself(command: str) -> None:
    said = CliRunner().invoke(app, [*command.split(), "--help"])
    assert (said.exit_code, said.exception) == (0, None)


def test_operations_explains_every_command() -> None:
    text = " ".join(_text(DOCS / "operations.md").split())
    assert [command for command in _commands() if f"mangrove {command}" not in text] == []


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_page_names_a_command_that_is_not_there(path: Path) -> None:
    first = {command.partition(" ")[0] for command in _commands()} | {"COMMAND"}
    assert set(re.findall(r"(?:`|bin/)mangrove ([A-Za-z-]+)", _text(path))) <= first


def _run_by(path: Path) -> set[str]:
    """Which of the two commands runs something of a file of tests."""
    tree = ast.parse(_text(path))
    of_torture = []
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name.startswith("test_"):
                of_torture.append(any(ast.unparse(mark) == "pytest.mark.torture" for mark in node.decorator_list))
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.startswith("Test"):
                of_torture.append("mark.torture" in ast.unparse(value))
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value) if "mark.torture" in ast.unparse(value):
                return {"torture"}
    assert of_torture, path
    return ({"test"} if not all(of_torture) else set()) | ({"torture"} if "mark.torture" in _text(path) else set())


def test_each_promise_names_tests_that_are_there_and_says_which_command_runs_them() -> None:
    rows = [line for line in _text(DOCS / "guarantees.md").splitlines() if re.match(r"\| [A-Z`]", line)]
    assert len(rows) > 30
    for row in rows:
        named = [ROOT / name for name in re.findall(r"`(tests/[\w/]+\.py)`", row)]
        assert all(file.exists() for file in named), row
        by = [_run_by(file) for file in named if file.name.startswith("test_")]
        assert by, row
        said = row.rstrip(" |").rpartition("| ")[2]
        if said == "both":
            assert set.union(*by) == {"test", "torture"}, row
        else:
            assert all(said in each for each in by), row


def test_what_a_promise_is_run_by_is_read_of_the_tests_themselves() -> None:
    found = {name: _run_by(ROOT / "tests" / name) for name in ("system/test_kill_matrix.py", "system/test_kills.py")}
    assert found == {"system/test_kill_matrix.py": {"torture"}, "system/test_kills.py": {"test"}}
    assert _run_by(ROOT / "tests" / "agents" / "test_spool_power.py") == {"test", "torture"}


def test_the_log_lines_of_operations_are_in_the_code() -> None:
    code = "\n".join(_text(path) for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    lines = _LOG_ROW.findall(_text(DOCS / "operations.md"))
    assert len(lines) > 15
    missing = []
    for line in lines:
        parts = [re.escape(part.strip()) for part in line.split("...") if part.strip()]
        hole = r"[ :;]*(?:%[sd]|\{[^}]*\})[^\n]*?"
        if not re.search(hole.join(parts), code):
            missing.append(line)
    assert missing == []


def test_both_front_pages_say_the_same_in_the_same_order() -> None:
    english, vietnamese = (_FENCE.sub("", _text(ROOT / name)) for name in ("README.md", "README.vi.md"))
    assert len(_headings(english)) == len(_headings(vietnamese))
    links = [sorted({link for link in _LINK.findall(text) if "README" not in link}) for text in (english, vietnamese)]
    assert links[0] == links[1]
    rooms = [re.findall(r"^\| (`[\w/`, ]+`) \|", text, re.MULTILINE) for text in (english, vietnamese)]
    assert rooms[0] == rooms[1]


def test_the_catalog_page_is_what_the_command_prints() -> None:
    assert _text(DOCS / "catalog.md") == page(load_catalog(CONFIG / "catalog.yaml"))


def test_a_catalog_page_keeps_its_tables_whatever_a_meaning_says() -> None:
    text = {"en": "a | b\nc", "vi": "-"}
    fields = {"x": {"kind": "gauge", **text}}
    catalog = Catalog.model_validate({"measurements": {"m": {**text, "fields": fields}}})
    assert "| `x` | gauge | 1 | a \\| b c | - |  |" in page(catalog).splitlines()


def test_the_examples_of_the_profiles_page_are_pieces_of_profiles_that_load(tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```", _text(DOCS / "profiles.md"), re.MULTILINE | re.DOTALL)
    assert len(blocks) > 9
    table = {"measurement": "system", "scalar": True, "columns": {"uptime_s": {"oid": "1.3.6.1.2.1.1.3"}}}
    for number, block in enumerate(map(yaml.safe_load, blocks)):
        piece = {"tables": [block]} if "measurement" in block else {"tables": [table], **block}
        (tmp_path / f"{number}.yaml").write_text(yaml.safe_dump({"en": "a", "vi": "a", **piece}))
    assert len(load_profiles(tmp_path, load_catalog(CONFIG / "catalog.yaml"))[0]) == len(blocks)


@pytest.mark.parametrize("model", [ProfileTable, TagColumn, Column, Ratio, Exponent, When, Match, Quirks])
def test_the_profiles_page_explains_every_key(model: type[BaseModel]) -> None:
    text = _text(DOCS / "profiles.md")
    assert [key for key in model.model_fields if f"`{key}`" not in text] == []


def test_the_profiles_page_lists_what_is_shipped() -> None:
    listed = re.findall(r"^\| \[([\w-]+)\]\(\.\./config/profiles/\1\.yaml\)", _text(DOCS / "profiles.md"), re.MULTILINE)
    assert sorted(listed) == sorted(path.stem for path in (CONFIG / "profiles").glob("*.yaml"))


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The examples with secrets beside them, as an operator would put them there."""
    monkeypatch.setenv("MANGROVE_INFLUX_PASSWORD", "a secret")
    monkeypatch.setenv("MANGROVE_COMMUNITY", "public")
    shutil.copytree(CONFIG, tmp_path / "config")
    folder = tmp_path / "config" / "examples"
    (folder / "secrets").mkdir()
    urls = ("sms-truc-1", "sms-truc-2", "sms-truong-ca", "thu-truc")
    for name in ("broker", "influx", "routers-2026", "old-microwave", "core-auth", "core-privacy", "sensors", *urls):
        path = folder / "secrets" / name
        path.write_text("json://192.0.2.7/sms\n" if name in urls else "a secret\n")
        path.chmod(0o600)
    return folder


def test_the_example_of_an_agent_loads_and_shows_every_key_but_the_archive(examples: Path) -> None:
    config, secrets = load_agent_config(examples / "agent.yaml")
    assert config.model_fields_set == set(type(config).model_fields)
    assert set(type(config.spool).model_fields) - config.spool.model_fields_set <= {"archive"}
    assert secrets.credentials.keys() == config.credentials.keys()
    assert all(security(config.credentials[name], read) for name, read in secrets.credentials.items())
    assert secrets.sensors is not None


@pytest.mark.parametrize("name", COLLECTORS)
def test_the_examples_of_a_collector_load(examples: Path, name: str) -> None:
    config, _ = load_collector_config(examples / name)
    if isinstance(config.store, InfluxStoreConfig) and (source := config.store.token or config.store.password):
        assert source.read(examples).get_secret_value() == "a secret"


def test_every_example_of_a_collector_is_loaded() -> None:
    assert sorted(COLLECTORS) == sorted(path.name for path in EXAMPLES.glob("collector*.yaml"))


@pytest.mark.parametrize("path", sorted(CONFIG.rglob("*.y*ml")), ids=lambda path: path.relative_to(CONFIG).as_posix())
def test_every_shipped_file_is_yaml_for_both_loaders(path: Path) -> None:
    """The one in C, which we use where it is there, takes more than the one in Python."""
    assert list(yaml.load_all(_text(path), yaml.SafeLoader)) == list(yaml.load_all(_text(path), yaml.CSafeLoader))


def test_the_example_inventory_loads_with_the_shipped_profiles_and_ours(examples: Path) -> None:
    profiles = {path.stem for folder in (CONFIG / "profiles", examples / "profiles") for path in folder.glob("*.yaml")}
    inventory = load_inventory(examples / "inventory.yaml", profiles, {"site-power", "site-cabinet"})
    agent, _ = load_agent_config(examples / "agent.yaml")
    assert [one.id for one in inventory.agents] == [agent.id]
    assert set(inventory.credentials) == agent.credentials.keys()


def test_the_example_profile_needs_the_example_catalog(examples: Path) -> None:
    catalog = load_catalog(examples / "catalog.yaml")
    assert load_profiles(examples / "profiles", catalog)[0].keys() == {"netsure"}
    with pytest.raises(ConfigError):
        load_profiles(examples / "profiles", load_catalog(CONFIG / "catalog.yaml"))


def test_the_example_catalog_adds_to_the_shipped_one_and_changes_nothing_of_it(examples: Path) -> None:
    shipped, more = load_catalog(CONFIG / "catalog.yaml"), load_catalog(examples / "catalog.yaml")
    assert shipped.measurements.keys().isdisjoint(more.measurements)


def test_the_examples_put_together_with_what_is_shipped_are_valid(examples: Path) -> None:
    for path in (CONFIG / "profiles").glob("*.yaml"):
        shutil.copy(path, examples / "profiles")
    for name in ("sensors", "traps", "pm", "rules"):
        shutil.copytree(CONFIG / name, examples / name)
    both = [yaml.safe_load(_text(folder / "catalog.yaml"))["measurements"] for folder in (CONFIG, examples)]
    (examples / "catalog.yaml").write_text(yaml.safe_dump({"measurements": both[0] | both[1]}, allow_unicode=True))
    ca, ca_key = certificates.authority("Mangrove test", datetime.now(UTC))
    files = zip(("client.crt", "client.key"), certificates.client("x", ca, ca_key, datetime.now(UTC), 1), strict=True)
    for name, data in {"ca.crt": ca, **dict(files)}.items():
        (examples / name).touch(mode=0o600)
        (examples / name).write_bytes(data)
    names = ("agent.yaml", *COLLECTORS)
    assert check_files([examples / name for name in names]) == 0


def test_a_secret_and_a_file_that_are_not_there_are_told_at_their_line(
    examples: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MANGROVE_INFLUX_PASSWORD")
    for name in ("collector.yaml", "collector-influx1.yaml"):
        check_files([examples / name])
    said = capsys.readouterr().err
    for name, key, line, why in (
        ("collector.yaml", "broker.tls", "  tls:", f"the CA file {examples / 'ca.crt'} cannot be used"),
        ("collector.yaml", "store.ca_file", "  ca_file: ca.crt", f"the CA file {examples / 'ca.crt'} cannot be used"),
        (
            "collector-influx1.yaml",
            "store.password",
            "  password:",
            "the environment variable MANGROVE_INFLUX_PASSWORD",
        ),
    ):
        lines = _text(examples / name).splitlines()
        (number,) = {n for n, text in enumerate(lines, 1) if text.startswith(line) and "enroll" not in text}
        assert f"{examples / name}:{number}: {key}: {why}" in said


def test_who_is_on_call_without_rules_is_told_that_nobody_is_paged(
    examples: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = examples / "collector.yaml"
    path.write_text(_text(path).replace("rules: rules", ""))
    assert check_files([path]) == 2
    assert "collector.yaml: rules: is missing: name the folder" in capsys.readouterr().err


def test_the_units_start_commands_that_are_there() -> None:
    started = [
        line.split()[1]
        for path in EXAMPLES.glob("*.service")
        for line in _text(path).splitlines()
        if line.startswith("ExecStart=")
    ]
    assert sorted(started) == ["agent", "collector"]


def test_the_acl_names_only_topics_that_are_there() -> None:
    from contract import topics

    real = [topics.ALL, topics.acks("+"), topics.assignments("+"), topics.batches("+"), topics.numbers("+")]
    real += [topics.agent_alive("+"), topics.collector_alive("+")]
    gives = r"^topic (?:read|write|readwrite) (\S+)$"
    said = re.findall(gives, _text(CONFIG / "mosquitto" / "acl"), re.MULTILINE)
    generic = {topic.replace("{id}", "+").replace("collectors/+/+", "collectors/+/alive") for topic in said}
    assert generic == {*real, "site/#", "site/+/#"}


def test_the_picture_loads_nothing_from_anywhere() -> None:
    drawn = _text(DOCS / "demo.svg")
    assert set(re.findall(r"https?://[^\"'\s)]+", drawn)) == {"http://www.w3.org/2000/svg"}
    assert "font-face" not in drawn
    assert "href" not in drawn


def test_a_picture_shows_what_stays_on_the_terminal() -> None:
    drawn = svg("\x1b[?1049hlive\x1b[?1049l\x1b[32mkept & coloured\x1b[0m\n")
    assert "kept&#160;&amp;&#160;coloured" in drawn
    assert "live" not in drawn
    assert "font-face" not in drawn


def test_every_benchmark_is_explained() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", _text(ROOT / "benchmarks" / "README.md"), re.MULTILINE)
    assert explained == names()


def test_a_benchmark_is_a_module_with_a_main_of_its_own() -> None:
    assert has_main("def main() -> None: ...")
    assert not has_main("from x import main")
    assert not has_main("class A:\n    def main(self): ...")


def test_no_page_leads_to_a_place_of_one_machine() -> None:
    shared = re.compile(r"(?<![\w.])/(?:root|home)/|/tmp/")
    texts = {path: _text(path) for path in [*OURS, ROOT / "docker-compose.yml", *CONFIG.rglob("*.yaml")]}
    assert [path.name for path, text in texts.items() if shared.search(text)] == []
