"""`mangrove pm` shows what a performance file gives, in both languages."""

from pathlib import Path

import pytest
from agents.pm.files import GOOD, Info, made, zipped
from system.parts import offline_collector
from typer.testing import CliRunner

from contract.inventory import AgentEntry, Area, Cell, Inventory, Site
from contract.inventory_folder import write
from mangrove.cli import app

LDN = "ENodeBFunction=1,EUtranCellFDD="


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "A.xml.gz"
    path.write_bytes(zipped(made(Info({f"{LDN}A": {**GOOD, "pmMine": 1}, f"{LDN}B": {**GOOD, "pmMine": 2}}))))
    return path


def shown(*arguments: str) -> str:
    """What the command prints; it ends well."""
    ended = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["pm", *arguments])
    assert ended.exit_code == 0, ended.output
    return " ".join(ended.output.split())


def test_without_an_inventory_each_object_is_tried_as_a_cell(file: Path) -> None:
    said = shown(str(file))
    assert "vendor made, format 32.435 V10.0, 2 cells with values" in said
    assert "ENodeBFunction=1,EUtranCellFDD=B" in said
    assert "access_pct [%]" in said
    assert "no value in this file: " in said
    assert "1 counters that no file of counters reads: pmMine" in said


def test_with_an_inventory_its_cells_are_shown_and_what_it_lacks_is_named(file: Path, tmp_path: Path) -> None:
    offline_collector(tmp_path)
    inventory = Inventory(
        areas=[Area(id="nam-can", name="-", level="commune")],
        sites=[Site(id="s", name="-", area="nam-can")],
        agents=[AgentEntry(id="a")],
        cells=[Cell(id="cell-a", site="s", technology="4g", operator="mau", agent="a", key="EUtranCellFDD=A")],
    )
    (tmp_path / "inventory.yaml").unlink(missing_ok=True)
    folder = tmp_path / "inventory.yaml"
    folder.mkdir()
    write(inventory, folder)
    said = shown(str(file), "--config", str(tmp_path / "collector.yaml"))
    assert "1 cells with values" in said
    assert "cell-a" in said
    assert "1 objects with counters of cells are no cell of the inventory: DC=example,ManagedElement=1," in said


def test_it_speaks_vietnamese(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANGROVE_LANG", "vi")
    assert "2 cell có số liệu" in shown(str(file))


def test_a_file_that_would_be_refused_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "A.xml"
    path.write_text("<html/>")
    ended = CliRunner().invoke(app, ["pm", str(path)])
    assert ended.exit_code == 1
    assert "its root is 'html'" in ended.output
    assert CliRunner().invoke(app, ["pm", str(tmp_path / "none.xml")]).exit_code == 1


def test_times_without_a_zone_need_one(tmp_path: Path) -> None:
    path = tmp_path / "A.xml"
    path.write_bytes(made(Info({f"{LDN}A": GOOD}, end="2026-11-27T00:45:00")))
    assert CliRunner().invoke(app, ["pm", str(path)]).exit_code == 1
    assert "2026-11-26 17:45Z" in shown(str(path), "--utc-offset", "+07:00")
