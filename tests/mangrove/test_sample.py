"""`mangrove sample`: it writes a province that loads, the committed one byte for byte, and over nothing of others."""

import csv
import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contract.inventory import Inventory
from contract.inventory_check import load_inventory
from mangrove.cli import app
from simulator.sample.province import sample

ROOT = Path(__file__).resolve().parents[2]
PROVINCE = ROOT / "config" / "province"


@cache
def committed() -> Inventory:
    """As an operator's collector would read it."""
    profiles = {path.stem for path in (ROOT / "config" / "profiles").glob("*.yaml")}
    mappings = {path.stem for path in (ROOT / "config" / "sensors").glob("*.yaml")}
    return load_inventory(PROVINCE, profiles, mappings)


def run(folder: Path, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["sample", "--into", str(folder), *options], env={"MANGROVE_LANG": "en"})
    return done.exit_code, done.output


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_committed_province_is_what_the_command_makes(tmp_path: Path) -> None:
    made = tmp_path / "province"
    assert run(made, "--sites", "300", "--seed", "1")[0] == 0
    assert files(made) == files(PROVINCE)
    assert sum(map(len, files(PROVINCE).values())) < 1_000_000


def test_the_committed_province_loads_without_a_problem_and_is_the_sample() -> None:
    assert committed() == sample(300, 1)


def test_it_has_what_a_province_has() -> None:
    areas = Counter((area.level, area.until is None) for area in committed().areas)
    assert areas == {
        ("province", True): 1,
        ("province", False): 2,
        ("district", False): 16,
        ("commune", True): 64,
    }
    roles = Counter((device.level, device.role) for device in committed().devices)
    assert len(committed().devices) >= 800
    assert roles["province", "router"] == 2
    assert roles["district", "router"] == 16
    assert roles["commune", "olt"] == 64
    assert roles["commune", "router"] == 64 + 300
    assert {site.operator for site in committed().sites} == {"mau-a", "mau-b"}
    assert {link.kind for link in committed().links} == {"fibre", "microwave", "other"}
    assert len(committed().agents) == 5


def test_names_have_their_accents_and_every_list_has_a_file_that_a_spreadsheet_reads() -> None:
    with (PROVINCE / "areas.csv").open(encoding="utf-8", newline="") as file:
        names = {row["id"]: row["name"] for row in csv.DictReader(file)}
    assert names["dat-mui"] == "Xã Đất Mũi"
    assert names["tx-gia-rai"] == "Thị xã Giá Rai"
    for name in ("sites", "devices", "sensors", "links", "cells"):
        with (PROVINCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert len(list(csv.DictReader(file))) == len(getattr(committed(), name))


def test_the_folder_says_what_it_is_and_how_it_was_made() -> None:
    text = (PROVINCE / "inventory.yaml").read_text(encoding="utf-8")
    assert text.startswith("# A generated sample (mẫu tự sinh), made by `mangrove sample --sites 300 --seed 1 ")
    outlines = json.loads((PROVINCE / "outlines.geojson").read_text(encoding="utf-8"))
    assert {feature["properties"]["id"] for feature in outlines["features"]} == {
        area.id for area in committed().areas if area.level == "commune"
    }
    assert all("not the boundary" in feature["properties"]["note"] for feature in outlines["features"])


def test_the_map_of_grafana_has_the_same_outlines() -> None:
    assert (ROOT / "config/grafana/maps/mangrove.geojson").read_bytes() == (PROVINCE / "outlines.geojson").read_bytes()


def test_a_folder_that_is_not_empty_is_left_alone_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "sites.csv").write_text("mine")
    code, said = run(tmp_path, "--sites", "2")
    assert (code, files(tmp_path)) == (1, {"notes.txt": b"mine", "sites.csv": b"mine"})
    assert "--force" in said
    code, said = run(tmp_path, "--sites", "2", "--force")
    assert code == 0
    assert "2 sites" in said
    assert files(tmp_path)["notes.txt"] == b"mine"
    with (tmp_path / "sites.csv").open(encoding="utf-8", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["tram-tan-thanh-01", "tram-bac-lieu-01"]


@pytest.mark.parametrize("options", [["--sites", "0"], ["--sites", "10001"], ["--port", "0"], ["--interval", "0"]])
def test_an_impossible_sample_is_refused(options: list[str], tmp_path: Path) -> None:
    assert run(tmp_path / "new", *options)[0] == 2
    assert not (tmp_path / "new").exists()
