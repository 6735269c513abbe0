"""`mangrove profile new`: the draft loads, gives rows of its walk at once, and says on what its guesses rest."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from agents.identity import SYS_DESCR
from agents.snmp import names
from agents.snmp.varbinds import Varbind
from contract.config_file import ConfigError
from mangrove.cli import app
from mangrove.draft.command import make, tried
from mangrove.draft.known import parted
from mangrove.profile_list import shipped_or
from mangrove.record.walks import load

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = sorted((ROOT / "tests" / "golden").glob("*/walk.snmprec"))
STANDARD = {name: one for name, one in shipped_or(None, None)[0].items() if not one.match.sys_object_id}
WALK = """# made by hand
1.3.6.1.2.1.1.1.0|4|Example DC power system
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.32473.7.1
1.3.6.1.2.1.1.3.0|67|8640000
1.3.6.1.2.1.6.5.0|65|17
1.3.6.1.4.1.32473.7.1.1.0|4|E-48
1.3.6.1.4.1.32473.7.1.2.0|2|5312
1.3.6.1.4.1.32473.7.1.3.0|4x|3432
1.3.6.1.4.1.32473.7.2.1.1.1|2|1
1.3.6.1.4.1.32473.7.2.1.1.2|2|2
1.3.6.1.4.1.32473.7.2.1.2.1|4|Rectifier 1 "A" # }
1.3.6.1.4.1.32473.7.2.1.2.2|4|Rectifier 2
1.3.6.1.4.1.32473.7.2.1.3.1|2|185
1.3.6.1.4.1.32473.7.2.1.3.2|2|2147483647
1.3.6.1.4.1.32473.7.2.1.4.1|65|100
1.3.6.1.4.1.32473.7.2.1.4.2|65|200
1.3.6.1.4.1.32473.7.2.1.5.1|2|1
1.3.6.1.4.1.32473.7.2.1.5.2|2|3
"""


def run(*arguments: object, language: str = "en") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["profile", *map(str, arguments)], env={"MANGROVE_LANG": language})
    if isinstance(result.exception, ConfigError):
        return 2, "", str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    path = tmp_path / "dc.snmprec"
    path.write_text(WALK)
    return path


def test_a_draft_passes_its_test_as_it_is(walk: Path, tmp_path: Path) -> None:
    out = tmp_path / "dc.yaml"
    code, _, said = run("new", "--from-walk", walk, "--out", out)
    assert code == 0, said
    assert "2 tables with 5 fields, which give 3 rows of this walk" in said
    assert "3 objects are read by the profile system, and left to it" in said
    assert "--below OID drafts it: 1.3.6.1.2.1.6 (1)" in said
    code, shown, _ = run("test", out, walk, "--catalog", tmp_path / "dc.catalog.yml", "--json")
    assert code == 0
    rows = yaml.safe_load(shown)
    assert rows["e32473_7_1_group"] == [pytest.approx({"volts_2": 53.12, "value_3": 42})]
    assert rows["e32473_7_2"] == [
        {"item": 'Rectifier 1 "A" # }', "value_3": 185, "state_5": 1},
        {"item": "Rectifier 2", "state_5": 3},
    ]


def test_each_guess_is_marked_with_its_reason(walk: Path) -> None:
    _, profile, _ = run("new", "--from-walk", walk)
    lines = [line for line in profile.splitlines() if line.startswith("      ") and "{oid" in line]
    assert len(lines) == 6
    assert all(" # guess: " in line for line in lines)
    assert "scale: 0.01} # guess: INTEGER 5312; times 0.01 it could be a bus or battery of 48 V" in profile
    assert "sentinels: [2147483647]" in profile
    assert "rate: 32} # guess: Counter32, so a rate" in profile
    assert "# 1.3.6.1.4.1.32473.7.2.1.1: the row's index" in profile
    assert "sys_object_id: [1.3.6.1.4.1.32473.7.1] # guess: " in profile
    assert "# measurements:" in profile
    assert "nên là tốc độ" in run("new", "--from-walk", walk, language="vi")[1]


def test_what_snmpwalk_prints_makes_the_same_draft(walk: Path, tmp_path: Path) -> None:
    types = {"4": "STRING", "6": "OID", "67": "Timeticks", "65": "Counter32", "2": "INTEGER", "4x": "Hex-STRING"}
    lines = [line.split("|") for line in WALK.splitlines()[1:]]

    def value(tag: str, said: str) -> str:
        text = said.replace('"', '\\"')
        return f'"{text}"' if tag == "4" else f"({said}) 1 day" if tag == "67" else said

    printed = [f".{name} = {types[tag]}: {value(tag, said)}" for name, tag, said in lines]
    other = tmp_path / "printed" / walk.name
    other.parent.mkdir()
    other.write_text("\n".join(printed))
    assert run("new", "--from-walk", other)[1] == run("new", "--from-walk", walk)[1]
    assert run("test", "system", other)[0] == 0


def test_only_a_part_is_drafted_when_that_is_asked_for(walk: Path) -> None:
    code, profile, _ = run("new", "--from-walk", walk, "--below", "1.3.6.1.2.1.6")
    assert (code, "mib2_6_group" in profile, "32473_7_2" in profile) == (1, True, False)  # a rate needs two walks
    assert run("new", "--from-walk", walk, "--below", "1.3.x")[0] == 2


def test_a_draft_that_is_there_is_not_written_over(walk: Path, tmp_path: Path) -> None:
    out = tmp_path / "dc.yaml"
    out.write_text("mine")
    code, _, said = run("new", "--from-walk", walk, "--out", out)
    assert (code, "is there already" in said, out.read_text()) == (2, True, "mine")
    assert run("new", "--from-walk", walk, "--out", tmp_path / "dc.txt")[0] == 2


def test_a_device_that_others_are_like_is_known_by_what_it_has(walk: Path) -> None:
    walk.write_text(WALK.replace("1.3.6.1.4.1.32473.7.1\n1.3.6.1.2.1.1.3", "1.3.6.1.4.1.8072.3.2.10\n1.3.6.1.2.1.1.3"))
    said = yaml.safe_load(run("new", "--from-walk", walk)[1])["match"]
    assert said == {"sys_object_id": ["1.3.6.1.4.1.8072.3.2.10"], "has": ["1.3.6.1.4.1.32473.7.1"]}


def test_where_nothing_is_left_that_is_said(walk: Path) -> None:
    walk.write_text("\n".join(WALK.splitlines()[:4]))
    code, _, said = run("new", "--from-walk", walk)
    assert (code, "nothing is left that could be a field" in said) == (1, True)
    walk.write_text("no walk\n")
    assert run("new", "--from-walk", walk)[0] == 2


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.parent.name)
def test_what_a_maker_has_becomes_a_draft_that_loads(path: Path) -> None:
    walk = load(path)
    found = parted(walk, STANDARD)
    makers = [one for one in found.left if one.oid[:6] == (1, 3, 6, 1, 4, 1)]
    draft = make(walk, found, makers, path.name, "")
    if draft:
        assert tried(draft, walk) >= 0
        assert draft.fields > 0


MAKER = (1, 3, 6, 1, 4, 1, 32473)
SAID = st.text(max_size=30) | st.sampled_from(["a: b", "# x", "'\"", "\n- y", "{", "\u2028", "\\", "12.5 V", "é"])
OBJECTS = st.one_of(
    st.tuples(st.just(names.OCTET_STRING), SAID.map(lambda text: text.encode("utf-8", "surrogatepass"))),
    st.tuples(st.just(names.OCTET_STRING), st.binary(max_size=20)),
    st.tuples(st.just(names.INTEGER), st.integers(-(2**31), 2**31 - 1) | st.integers(0, 9)),
    st.tuples(st.just(names.COUNTER64), st.integers(0, 2**64 - 1)),
    st.tuples(st.just(names.GAUGE32), st.integers(0, 2**32 - 1)),
    st.tuples(st.just(names.OBJECT_IDENTIFIER), st.just(MAKER)),
    st.tuples(st.just(names.IP_ADDRESS), st.binary(min_size=4, max_size=4)),
    st.tuples(st.just(names.OPAQUE), st.sampled_from([b"\x9f\x78\x04\x3e\x80\x00\x00", b"\x01"])),
)
NAMES = st.lists(st.integers(0, 3) | st.just(2**32 - 1), min_size=2, max_size=6).map(lambda arcs: (*MAKER, *arcs))


@given(st.dictionaries(NAMES, OBJECTS, max_size=25), SAID, SAID)
@settings(max_examples=60)
def test_whatever_a_device_says_its_draft_loads(
    objects: dict[tuple[int, ...], tuple[int, int | bytes | tuple[int, ...]]], descr: str, file: str
) -> None:
    said = objects | {SYS_DESCR: (names.OCTET_STRING, descr.encode("utf-8", "surrogatepass"))}
    walk = [Varbind(name, *said[name]) for name in sorted(said)]
    draft = make(walk, parted(walk, STANDARD), walk[1:], file, "")
    if draft:
        assert tried(draft, walk) >= 0
        assert yaml.safe_load(draft.profile).keys() <= {"en", "vi", "match", "tables"}
