"""Profiles at the desk: which fit a device and why, and what they make of a walk."""

import io
from pathlib import Path

import pytest
from mangrove.walks import RECORDINGS, octets
from rich.console import Console

from agents.identity import Identity
from agents.snmp import names
from agents.snmp.oids import oid
from agents.snmp.varbinds import Varbind
from contract.catalog import load_catalog
from contract.profile import Match
from contract.profiles import load_profiles
from mangrove.profile_match import reasons, verdict
from mangrove.profile_test import decoded
from mangrove.record import snmprec
from mangrove.record.mask import mask
from mangrove.shipped import shipped_config

CATALOG = load_catalog(shipped_config() / "catalog.yaml")
PROFILES, _ = load_profiles(shipped_config() / "profiles", CATALOG)
UPTIME, NAME = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.31.1.1.1.1.7"
IN_OCTETS, OPER = "1.3.6.1.2.1.31.1.1.1.6.7", "1.3.6.1.2.1.2.2.1.8.7"


def walk(uptime: int, counted: int) -> list[Varbind]:
    """A port with a 64-bit counter."""
    return [
        Varbind(oid(UPTIME), names.TIME_TICKS, uptime),
        Varbind(oid(OPER), names.INTEGER, 1),
        octets(NAME, b"GE0/0/7"),
        Varbind(oid(IN_OCTETS), names.COUNTER64, counted),
    ]


def port(*walks: list[Varbind]) -> dict[str, object]:
    """The port in the last of the walks."""
    (table,) = decoded(PROFILES["if-mib"], walks).tables
    return dict(zip([*table.tags, *table.fields], table.rows[0], strict=True))


def test_one_walk_gives_states_and_no_rates() -> None:
    found = port(walk(1000, 5000))
    assert (found["if_name"], found["oper_status"], found["in_bps"]) == ("GE0/0/7", 1, None)


def test_two_walks_give_rates_over_the_time_that_passed_on_the_device() -> None:
    found = port(walk(1000, 5000), walk(2000, 6000))
    assert (found["in_octets"], found["in_bps"]) == (1000, pytest.approx(800.0))


def test_after_a_restart_there_is_no_rate() -> None:
    assert port(walk(90_000, 5000), walk(2000, 6000))["in_bps"] is None


def test_a_walk_without_what_the_profile_wants_gives_nothing() -> None:
    assert decoded(PROFILES["ups-mib"], [walk(1, 1)]).tables == []


@pytest.mark.skipif(not RECORDINGS, reason="no recordings of real devices here")
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_every_profile_makes_of_a_real_device_only_what_the_catalog_names_masked_or_not(path: Path) -> None:
    recorded, _ = snmprec.read(path.read_bytes())
    masked, _ = mask(recorded, keep_names=True)
    for name, profile in PROFILES.items():
        plainly, hidden = (decoded(profile, [one, one]) for one in (recorded, masked))
        for table in plainly.tables:
            CATALOG.check(table)
        assert [(table.measurement, len(table.rows)) for table in plainly.tables] == [
            (table.measurement, len(table.rows)) for table in hidden.tables
        ], name


PRESENT = dict.fromkeys([(1, 3, 6, 1, 2, 1, 25), (1, 3, 6, 1, 4, 1, 2021, 4, 5)], True)
KNOWN = Identity((1, 3, 6, 1, 4, 1, 8072, 3, 2, 10), "Linux x86_64", PRESENT)


@pytest.mark.parametrize(
    ("match", "holds", "says"),
    [
        ({"sys_object_id": ["1.3.6.1.4.1.9", "1.3.6.1.4.1.8072"]}, [True], "1.3.6.1.4.1.8072"),
        ({"sys_object_id": ["1.3.6.1.4.1.9"]}, [False], "1.3.6.1.4.1.9"),
        ({"sys_descr": ["Linux"], "has": ["1.3.6.1.2.1.33"]}, [True, False], "1.3.6.1.2.1.33"),
        ({"has": ["1.3.6.1.2.1.33", "1.3.6.1.2.1.25"]}, [True], "1.3.6.1.2.1.25"),
        ({}, [True], ""),
    ],
)
def test_each_condition_says_whether_it_holds_and_by_what(
    match: dict[str, object], holds: list[bool], says: str
) -> None:
    conditions = verdict(Match.model_validate(match), KNOWN)
    assert [held for held, _ in conditions] == holds
    assert conditions[-1][1].endswith(says)


def test_the_verdict_agrees_with_what_an_agent_is_given() -> None:
    fitting = KNOWN.fitting(PROFILES)
    assert {"system", "if-mib", "net-snmp-linux"} <= set(fitting)
    for name, profile in PROFILES.items():
        assert all(held for held, _ in verdict(profile.match, KNOWN)) == (name in fitting), name


def test_one_that_another_profile_is_read_instead_of_says_so() -> None:
    better = PROFILES["if-mib"].model_copy(update={"match": Match(instead_of=["system"])})
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(reasons({"better": better, "system": PROFILES["system"]}, KNOWN))
    [line] = [line for line in console.export_text().splitlines() if "system" in line]
    assert "better" in line
    assert "✓" not in line
