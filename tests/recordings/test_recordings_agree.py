"""What the profiles give of real devices is what LibreNMS says of them, or `differences.yaml` says why it is not; and
`tried.yaml` says which recordings each profile was tried on. See README.md."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
import yaml
from agents.snmp.recordings import recordings
from recordings.compare import NOTHING, UNREAD, Difference, Ours, problems, read_differences
from recordings.librenms import Expected, expected
from recordings.values import Value, Walk, fitting, values

from contract.profiles import parse_profiles
from mangrove.profile_test import decoded
from mangrove.record import snmprec

HERE = Path(__file__).parent
CONFIG = HERE.parents[1] / "config"
PROFILES = parse_profiles({path.stem: path.read_text("utf-8") for path in (CONFIG / "profiles").glob("*.yaml")})
DIFFERENCES = read_differences(HERE / "differences.yaml")
TRIED: dict[str, list[str]] = yaml.safe_load((HERE / "tried.yaml").read_text("utf-8"))
RECORDINGS = recordings()
EXPECTED = {path.stem: path for path in RECORDINGS if path.with_suffix(".expected.json").exists()}
WITHOUT_NUMBERS = {"junos_mx"}
"""Of these LibreNMS has BGP peers only, and does not say from which objects."""
BELOW = (1, 3, 6, 1, 4, 1, 32473)
LOAD = Expected((*BELOW, 1), 7.0, "current Load")


@cache
def walk_of(path: Path) -> Walk:
    """The objects of a recording."""
    return {one.oid: one for one in snmprec.read(path.read_bytes())[0]}


@pytest.mark.skipif(not RECORDINGS, reason="no recordings of real devices here")
@pytest.mark.parametrize("path", EXPECTED.values(), ids=EXPECTED)
def test_each_expected_number_is_ours_or_its_difference_is_explained(path: Path) -> None:
    walk = walk_of(path)
    profiles = [PROFILES[name] for name in fitting(PROFILES, walk)]
    rows = expected(path.with_suffix(".expected.json"))
    assert rows or path.stem in WITHOUT_NUMBERS
    assert problems(((row, values(profiles, walk, row.oid)) for row in rows), DIFFERENCES.get(path.stem, [])) == []


@pytest.mark.skipif(not RECORDINGS, reason="no recordings of real devices here")
def test_differences_are_of_recordings_that_are_there() -> None:
    assert DIFFERENCES.keys() <= EXPECTED.keys()


@pytest.mark.skipif(not RECORDINGS, reason="no recordings of real devices here")
def test_each_profile_gives_rows_of_just_the_recordings_that_it_is_said_to_be_tried_on() -> None:
    found: dict[str, list[str]] = {name: [] for name in PROFILES}
    for path in RECORDINGS:
        walk = walk_of(path)
        for name in fitting(PROFILES, walk):
            if decoded(PROFILES[name], [list(walk.values())] * 2).tables:
                found[name].append(path.stem)
    assert found == TRIED


def test_the_docs_say_of_each_profile_that_gives_nothing_of_any_recording_that_it_is_not_tried() -> None:
    lines = (HERE.parents[1] / "docs/profiles.md").read_text("utf-8").splitlines()
    untried = {line.split("]")[0].removeprefix("| [") for line in lines if "; not tried on a recording" in line}
    assert untried == {name for name, on in TRIED.items() if not on}


@pytest.mark.parametrize(
    ("given", "oids", "ours", "wrong"),
    [
        ([7.0], [], [], 0),
        ([None, 7.000001], [], [], 0),
        ([0.7], [], [], 1),
        ([], [], [], 1),
        ([0.7], [LOAD.oid], [0.7], 0),
        ([0.7], [BELOW], [0.7], 0),
        ([None], [LOAD.oid], [NOTHING], 0),
        ([], [LOAD.oid], [UNREAD], 0),
        ([], [LOAD.oid], [NOTHING], 1),
        ([70.0], [LOAD.oid], [0.7], 1),
        ([0.7], [BELOW, LOAD.oid], [0.7], 1),
        ([7.0], [LOAD.oid], [0.7], 1),
        ([0.7], [LOAD.oid, (*BELOW, 2)], [0.7], 1),
    ],
)
def test_what_is_neither_equal_nor_explained_is_told_and_so_is_what_explains_nothing(
    given: Sequence[Value], oids: list[tuple[int, ...]], ours: list[Ours], wrong: int
) -> None:
    known = [Difference.model_construct(oids=oids, ours=ours, why="made up")] if oids else []
    assert len(problems([(LOAD, given)], known)) == wrong
