"""`mangrove inventory import`: what a spreadsheet saved is read, shown, and only on command written."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from contract import inventory_folder
from contract.config_file import ConfigError
from contract.inventory_check import load_inventory
from contract.inventory_folder import FILE, TABLES
from mangrove.cli import app
from mangrove.inventory import sheet
from mangrove.words import words
from simulator.sample.province import sample

TEXTS = {
    FILE: "agents: [{id: cum-1, site: tram-1}]\ncredentials: [rw, v3]\n",
    "areas.csv": "id,name,level\nnam-can,Xã Năm Căn,commune\n",
    "sites.csv": "id,name,area,lat,contact\ntram-1,Trạm 1,nam-can,8.8,Tổ 1\ntram-2,Trạm 2,nam-can,,\n",
    "devices.csv": (
        "id,site,agent,address,credential,profiles\n"
        "rt-1,tram-1,cum-1,192.0.2.1,rw,system if-mib\nrt-2,tram-2,cum-1,192.0.2.2,rw,mau-rieng\n"
    ),
    "links.csv": "id,ends\nln-1,rt-1 rt-2\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    into = tmp_path / "province"
    into.mkdir()
    for name, text in TEXTS.items():
        (into / name).write_text(text, encoding="utf-8")
    return into


def run(folder: Path, table: str | bytes, *options: str, name: str = "x.csv", language: str = "en") -> tuple[int, str]:
    file = folder.parent / name
    file.write_bytes(table if isinstance(table, bytes) else table.encode())
    words = ["inventory", "import", str(file), "--into", str(folder), *options]
    result = CliRunner().invoke(app, words, env={"MANGROVE_LANG": language, "COLUMNS": "120"})
    if isinstance(result.exception, ConfigError):
        return 2, str(result.exception).replace(f"{folder.parent}/", "")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_preview_says_what_would_change_by_field_and_writes_nothing(folder: Path) -> None:
    before = contents(folder)
    table = "id,site,agent,address,credential\nrt-1,tram-1,cum-1,192.0.2.9,v3\nrt-3,tram-2,cum-1,192.0.2.3,rw\n"
    code, said = run(folder, table)
    assert code == 0
    assert "2 rows of devices" in said
    for parts in (("rt-1", "address", "192.0.2.1", "192.0.2.9"), ("credential", "rw", "v3"), ("rt-3", "site")):
        assert any(all(part in line for part in parts) for line in said.splitlines()), parts
    assert "1 new, 1 changed, 0 removed, 0 the same, 1 not in the table, which stay" in said
    assert "nothing is written" in said
    assert contents(folder) == before


def test_a_write_changes_that_list_and_nothing_else(folder: Path) -> None:
    before = contents(folder)
    code, _ = run(folder, "id,address\nrt-1,192.0.2.9\n", "--write")
    assert code == 0
    assert {name for name, data in contents(folder).items() if before[name] != data} == {"devices.csv"}
    devices = {one.id: one for one in load_inventory(folder, {"system", "if-mib", "mau-rieng"}).devices}
    assert (devices["rt-1"].address, devices["rt-1"].profiles) == ("192.0.2.9", ["system", "if-mib"])
    assert devices["rt-2"].address == "192.0.2.2"


def test_a_second_import_of_the_same_table_changes_nothing(folder: Path) -> None:
    table = "id,name,area,lat\ntram-1,Trạm Một,nam-can,8.9\ntram-9,Trạm 9,nam-can,\n"
    run(folder, table, "--write")
    before = contents(folder)
    assert "0 new, 0 changed, 0 removed, 2 the same, 1 not" in run(folder, table, "--write")[1]
    assert contents(folder) == before


def test_an_empty_cell_clears_and_a_column_that_is_not_there_leaves(folder: Path) -> None:
    run(folder, "id,contact\ntram-1,\n", "--write", name="sites.csv")
    site = load_inventory(folder, {"system", "if-mib", "mau-rieng"}).sites[0]
    assert (site.contact, site.lat) == (None, 8.8)


def test_entries_go_only_when_that_is_asked_for_and_nothing_hangs_on_them(folder: Path) -> None:
    table = "id,site,agent,address,credential\nrt-1,tram-1,cum-1,192.0.2.1,rw\n"
    code, said = run(folder, table, "--remove")
    assert (code, said) == (2, "province/links.csv:2: ends.1: there is no device rt-2 (did you mean rt-1?)")
    (folder / "links.csv").unlink()
    assert "0 new, 0 changed, 1 removed, 1 the same" in run(folder, table, "--remove", "--write")[1]
    assert [one.id for one in load_inventory(folder, {"system", "if-mib"}).devices] == ["rt-1"]


@pytest.mark.parametrize(
    "table",
    [
        "\ufeffMã;Tên;Khu vực;Vĩ độ;Kinh độ;Máy phát\r\ntram-9;Trạm 9;nam-can;8,75;105,02;có\r\n;;;;;\r\n",
        "sep=;\r\nid;name;area;lat;lon;generator\r\ntram-9;Trạm 9;nam-can;8,75;105,02;TRUE\r\n",
        "id\tname\tarea\tlat\tlon\tgenerator\ntram-9\tTrạm 9\tnam-can\t8.75\t105.02\tx\n",
        'ID,Name,Area,Latitude,Longitude,Generator,,\ntram-9,Trạm\u00a09,nam-can,"8,75"," 105,02 ",yes,,\n,,,,,,,\n',
        "id,name,area,lat,lon,generator\ntram-9,Tra\u0323m 9,nam-can,8.75,105.02,1\n",
    ],
    ids=["Excel here", "with sep=", "tabs", "English with decimal commas and empty columns", "accents in two parts"],
)
def test_the_habits_of_spreadsheets_are_put_right(folder: Path, table: str) -> None:
    code, said = run(folder, table, "--write")
    assert (code, "1 new" in said) == (0, True), said
    site = load_inventory(folder, {"system", "if-mib", "mau-rieng"}).sites[-1]
    assert (site.id, site.name, site.lat, site.lon, site.generator) == ("tram-9", "Trạm 9", 8.75, 105.02, True)


SITE = "id,name,area,height_m,lat\n"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("id,name,area\ntram-9,Trạm,nam-cam\n", "x.csv:2: area: there is no area nam-cam (did you mean nam-can?)"),
        (SITE + "\ntram-9,Trạm,nam-can,cao,\n", "x.csv:3: height_m: is 'cao', expected: a valid number"),
        (SITE + 'tram-9,T,nam-can,"1,200",\n', "x.csv:2: height_m: 1,200 may be 1200 or 1.200: write"),
        (SITE.replace(",", ";") + "tram-9;T;nam-can;1.200;\n", "2: height_m: 1.200 may be 1200 or 1,200: write"),
        ("id,name,area\ntram-9,T,nam-can\ntram-9,T,nam-can\n", "x.csv:3: id: tram-9 is given twice (also in line 2)"),
        ("id,name,area\n,T,nam-can\n", "x.csv:2: id: is missing"),
        ("id,name,khu vưc x\n", "x.csv:1: khu vưc x is not a column of agents (known: id, ma, name, site, ten, tram)"),
        ("id,băng tầnn,technology,operator\n", "x.csv:1: băng tầnn is not a column of cells (did you mean bang tan?)"),
        ("id,name,id\n", "x.csv:1: column id is given twice"),
        ("name,area\nT,nam-can\n", "x.csv:1: column id is missing: it tells which entry a row is"),
        ("a,b\n1,2\n", "x.csv:1: no list has these columns: say which list is meant with --as"),
        ("", "x.csv: has no first row with the names of columns, such as id,name"),
        ("id,name,area\ntram-9,T,nam-can,4\n", "x.csv:2: has 4 cells where the first row has 3"),
        ('id,name,area\ntram-9,"T,nam-can\n', "x.csv:2: a quote begins here that nothing ends"),
        ("id,name,area\ntram-9,\x01,nam-can\n", "x.csv:2: has a character that is not text: save the table"),
        ("id,name,area\ntram-9,Trạm,nam-can\n".encode("utf-16"), "x.csv:1: is not UTF-8 text here: save the file"),
        ("id,address\nrt-1,192.0.2.2\n", "devices.csv:3: address: rt-2 has the address, port and credential"),
        ("id,site,agent,address,credential,profiles\nrt-9,tram-1,cum-1,192.0.2.9,rw,if-mub\n",
         "x.csv:2: profiles.0: there is no profile if-mub (did you mean if-mib?)"),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_file_and_line(folder: Path, table: str | bytes, said: str) -> None:
    before = contents(folder)
    code, told = run(folder, table, "--write")
    assert code == 2
    assert said in told
    assert contents(folder) == before


def test_which_list_it_is_may_be_said(folder: Path) -> None:
    assert "1 rows of areas" in run(folder, "id,name,level\nx,X,commune\n", "--as", "areas")[1]
    code, said = run(folder, "id,name\nx,X\n", "--as", "area")
    assert (code, said.startswith("--as: is one of areas, sites")) == (2, True)


def test_a_list_that_is_in_the_yaml_file_is_shown_and_not_changed(folder: Path) -> None:
    assert "1 new" in run(folder, "id,name,site\ncum-9,Cụm 9,tram-2\n")[1]
    code, said = run(folder, "id,name,site\ncum-9,Cụm 9,tram-2\n", "--write")
    assert (code, "the agents are in no table of their own" in said) == (2, True)


def test_an_inventory_that_is_wrong_already_is_told_first(folder: Path) -> None:
    (folder / "sites.csv").write_text("id,name,area\ntram-1,Trạm 1,nowhere\ntram-2,T,nam-can\n")
    code, said = run(folder, "id,name,area\ntram-9,T,nam-can\n", "--write")
    assert (code, said) == (2, "province/sites.csv:2: area: there is no area nowhere (known: nam-can)")


def test_the_preview_speaks_vietnamese(folder: Path) -> None:
    said = run(folder, "id,address\nrt-1,192.0.2.9\n", language="vi")[1]
    assert "0 mới, 1 thay đổi, 0 bị bỏ" in said
    assert "chưa ghi gì" in said


def test_every_column_has_a_name_in_both_languages_and_no_table_has_two_alike() -> None:
    from mangrove.inventory.bring import _spelled

    known = _spelled()
    assert [name for model in TABLES.values() for name in model.model_fields if f"column_{name}" not in words()] == []
    for model in TABLES.values():
        spellings = [text for name in model.model_fields for text in known[name]]
        assert len(spellings) == len(set(spellings)), model


def test_every_table_of_a_province_is_its_own_import(tmp_path: Path) -> None:
    into = tmp_path / "province"
    into.mkdir()
    inventory_folder.write(sample(4, 1), into)
    before = contents(into)
    for path in sorted(into.glob("*.csv")):
        code, said = run(into, path.read_bytes(), "--remove", "--write", name=path.name)
        assert (code, said.count("0 new, 0 changed, 0 removed")) == (0, 1), said
    assert contents(into) == before


@given(st.text(alphabet=st.sampled_from('id,name;ends"\n\r\t \x00aà\ufeff\u00a0\u0323sep='), max_size=200))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        found = sheet.read(text, "t.csv")
    except ConfigError:
        return
    assert all(len(cells) == len(found.names) for _, cells in found.rows)
