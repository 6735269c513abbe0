"""An inventory in a folder: the same as in one file, and every problem has its file, line and column."""

import re
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.config_file import ConfigError
from contract.inventory import AgentEntry, Area, Cell, Device, Inventory, Link, Sensor, Site
from contract.inventory_check import load_inventory
from contract.inventory_folder import FILE, files, read, write

DAY = "a valid date or datetime, invalid character in year (write 2025-07-01)"
Entry = TypeVar("Entry")
SLUG = st.from_regex(re.compile(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", re.ASCII), fullmatch=True)
WORDS = st.text(st.sampled_from('abà Ạ,;"#:%\n'), min_size=1, max_size=12).map(str.strip).filter(bool)
DATES = st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1))
NUMBERS = st.none() | st.floats(0.01, 300)
AREAS = st.builds(Area, id=SLUG, name=WORDS, level=st.just("commune"), parent=st.none() | SLUG, since=DATES,
                  until=st.none(), code=st.none() | WORDS, former=st.none(), lat=st.none() | st.floats(-90, 90),
                  lon=st.none())  # fmt: skip
SITES = st.builds(Site, id=SLUG, name=WORDS, area=SLUG, height_m=NUMBERS, battery_since=DATES, generator=st.booleans(),
                  contact=st.none() | WORDS, access=st.sampled_from([None, "road", "boat"]))  # fmt: skip
DEVICES = st.builds(Device, id=SLUG, site=SLUG, agent=SLUG, address=st.ip_addresses().map(str), credential=WORDS,
                    port=st.integers(1, 65_535), profiles=st.lists(SLUG, max_size=3), interval_s=st.floats(0.1, 86_400),
                    retries=st.integers(0, 10), timeout_s=st.floats(0.001, 60))  # fmt: skip
SENSORS = st.builds(Sensor, id=SLUG, site=SLUG, agent=SLUG, mapping=WORDS, key=st.none() | WORDS)
LINKS = st.builds(Link, id=SLUG, ends=st.tuples(SLUG, SLUG), capacity_mbps=NUMBERS, ring=st.none() | SLUG)
CELLS = st.builds(
    Cell,
    id=SLUG,
    site=SLUG,
    technology=st.sampled_from(["2g", "5g"]),
    operator=SLUG,
    tilt_deg=st.none() | st.floats(-90, 90),
)
AGENTS = st.builds(AgentEntry, id=SLUG, name=st.none() | WORDS)


def some(entries: st.SearchStrategy[Entry]) -> st.SearchStrategy[list[Entry]]:
    return st.lists(entries, max_size=3)


@given(
    st.builds(Inventory, areas=some(AREAS), sites=some(SITES), agents=some(AGENTS), devices=some(DEVICES),
              sensors=some(SENSORS), links=some(LINKS), cells=some(CELLS), credentials=some(WORDS))
)  # fmt: skip
@settings(max_examples=150)
def test_what_is_written_is_read_again(inventory: Inventory) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(inventory, folder, "generated\nby a test")
        assert read(folder).value == inventory


def a_folder(folder: Path, **texts: str) -> Path:
    given = {
        "inventory": "agents: [{id: cum-nam-can, site: tram-1}]\ncredentials: [rw]\n",
        "areas": "id,name,level\nnam-can,Xã Năm Căn,commune\n",
        "sites": "id,name,area\ntram-1,Trạm 1,nam-can\n",
        "devices": "id,site,agent,address,credential,profiles\nrt-1,tram-1,cum-nam-can,10.0.0.1,rw,system if-mib\n",
    } | texts
    for name, text in given.items():
        (folder / (FILE if name == "inventory" else f"{name}.csv")).write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_inventory(folder, {"system", "if-mib"})
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_a_folder_is_read_like_a_file(tmp_path: Path) -> None:
    inventory = load_inventory(a_folder(tmp_path), {"system", "if-mib"})
    assert inventory.devices[0].profiles == ["system", "if-mib"]
    assert inventory.agents[0].site == "tram-1"
    assert [path.name for path in files(tmp_path)] == [FILE, "areas.csv", "devices.csv", "sites.csv"]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"sites": "id,name,area,lat\ntram-1,Trạm 1,nam-can,9\n\ntram-2,Trạm 2,nam-can,\"9,18\"\n"},
         ["sites.csv:4: lat: is '9,18', expected: a valid number (write 9.18)"]),
        ({"sites": "id,name,area,battery_since\ntram-1,T,nam-can,01/07/2025\n"},
         [f"sites.csv:2: battery_since: is '01/07/2025', expected: {DAY}"]),
        ({"sites": "id,name,area\ntram-1,T,nam-cam\n"},
         ["sites.csv:2: area: there is no area nam-cam (did you mean nam-can?)"]),
        ({"sites": "id,name,area\ntram-1,T,nam-can\ntram-1,T,nam-can\n"},
         ["sites.csv:3: id: tram-1 is given twice (also in sites.csv, line 2)"]),
        ({"sensors": "id,site,agent,mapping\nrt-1,tram-1,cum-nam-can,x\n"},
         ["sensors.csv:2: id: rt-1 is given twice (also in devices.csv, line 2)",
          "sensors.csv:2: mapping: there is no mapping x"]),
        ({"sites": "id,name,area\n,T,nam-can\ntram-1,T,nam-can\n"}, ["sites.csv:2: id: is missing"]),
        ({"site": "id\n"}, ["site.csv: is no list of an inventory (did you mean sites.csv?)"]),
        ({"inventory": "sites: []\nagents: [{id: cum-nam-can}]\ncredentials: [rw]\n"},
         ["inventory.yaml:1: sites: sites are in sites.csv as well: keep one of the two"]),
        ({"inventory": "agents: {\n"}, ["inventory.yaml:2: is not YAML: did not find expected node content"]),
        ({"inventory": "agnets: []\n"}, ["inventory.yaml:1: agnets: is not a known key (did you mean agents?)"]),
        ({"sites": "id;name;area\ntram-1;T;nam-can\ntram 2;T;nam-can\n", "areas": "id,name\nnam-can,N\n"},
         ["areas.csv:1: column level is missing",
          "sites.csv:3: id: is 'tram 2', expected: String should match pattern '^[a-z0-9][a-z0-9-]{0,62}$'"]),
        ({"links": "id,ends\nln-1,rt-1\n"}, ["links.csv:2: ends.1: is missing"]),
    ],
    ids=["comma", "day first", "no such area", "twice", "twice in two tables", "no id", "unknown table", "two places",
         "no YAML", "unknown key", "two tables at once", "one end"],
)  # fmt: skip
def test_a_problem_has_its_file_line_and_column(tmp_path: Path, texts: dict[str, str], said: list[str]) -> None:
    assert problems(a_folder(tmp_path, **texts)) == said


def test_an_empty_folder_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has neither inventory\.yaml nor a table such as sites\.csv"):
        read(tmp_path)


def test_a_table_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    a_folder(tmp_path)
    (tmp_path / "sites.csv").write_bytes("id,name,area\ntram-1,Trạm,nam-can\n".encode("utf-16"))
    assert problems(tmp_path) == ["sites.csv:1: is not UTF-8 text here: save the file as UTF-8"]


def test_writing_again_leaves_no_table_of_before(tmp_path: Path) -> None:
    write(Inventory(sites=[Site(id="a", name="a", area="b")]), tmp_path)
    write(Inventory(areas=[Area(id="b", name="b", level="commune")]), tmp_path)
    assert read(tmp_path).value.sites == []
