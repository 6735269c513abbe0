"""The inventory: what refers to nothing is said with its line, and a version is named by its content for ever."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.config_file import ConfigError
from contract.inventory import Area, Device, Inventory, Version, digest, next_version
from contract.inventory_check import load_inventory
from contract.messages import Assignment

GOOD = """\
areas:
  - {id: ca-mau, name: Cà Mau, level: province}
  - {id: nam-can, name: Năm Căn, level: district, parent: ca-mau}
sites: [{id: site-1, name: Trạm 1, area: nam-can}]
agents: [{id: agent-1, site: site-1}]
credentials: [read-only]
devices:
  - {id: rt-1, site: site-1, agent: agent-1, address: 10.0.0.1, profiles: [system], credential: read-only}
  - {id: rt-2, site: site-1, agent: agent-1, address: 10.0.0.2, profiles: [system], credential: read-only}
"""
NAMES = st.text(alphabet="abc\0", max_size=3)
INVENTORIES = st.builds(Inventory, credentials=st.lists(NAMES, max_size=2))
PROFILES = st.dictionaries(NAMES, NAMES, max_size=2)


def _load(folder: Path, text: str) -> Inventory:
    path = folder / "inventory.yaml"
    path.write_text(text, encoding="utf-8")
    return load_inventory(path, {"system", "if-mib"})


def _problems(folder: Path, *changes: tuple[str, str]) -> list[str]:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(ConfigError) as caught:
        _load(folder, text)
    return [str(problem).removeprefix(f"{folder}/inventory.yaml:") for problem in caught.value.problems]


def test_a_good_inventory_loads(tmp_path: Path) -> None:
    assert [device.id for device in _load(tmp_path, GOOD).devices] == ["rt-1", "rt-2"]


def test_two_devices_with_one_id_are_said_with_both_lines(tmp_path: Path) -> None:
    assert _problems(tmp_path, ("id: rt-2", "id: rt-1")) == ["9: devices.1.id: rt-1 is given twice (also in line 8)"]


@pytest.mark.parametrize("group", ["areas", "sites", "agents"])
def test_two_of_any_group_with_one_id_are_said(tmp_path: Path, group: str) -> None:
    twice = {
        "areas": (
            "id: nam-can, name: Năm Căn, level: district, parent: ca-mau",
            "id: ca-mau, name: x, level: district",
        ),
        "sites": ("area: nam-can}]", "area: nam-can}, {id: site-1, name: x, area: ca-mau}]"),
        "agents": ("site: site-1}]", "site: site-1}, {id: agent-1}]"),
    }
    assert any(f"{group}.1.id: " in one and "is given twice" in one for one in _problems(tmp_path, twice[group]))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            "rt-1, site: site-1",
            "rt-1, site: site-2",
            "8: devices.0.site: there is no site site-2 (did you mean site-1?)",
        ),
        (
            "rt-1, site: site-1, agent: agent-1",
            "rt-1, site: site-1, agent: agnet-1",
            "8: devices.0.agent: there is no agent agnet-1 (did you mean agent-1?)",
        ),
        (
            "[system], credential: read-only}\n  - {id: rt-2",
            "[sytem], credential: read-only}\n  - {id: rt-2",
            "8: devices.0.profiles.0: there is no profile sytem (did you mean system?)",
        ),
        (
            "10.0.0.2, profiles: [system], credential: read-only",
            "10.0.0.2, profiles: [system], credential: readonly",
            "9: devices.1.credential: there is no credential readonly (did you mean read-only?)",
        ),
        ("area: nam-can", "area: nam-cam", "4: sites.0.area: there is no area nam-cam (did you mean nam-can?)"),
        ("parent: ca-mau", "parent: camau", "3: areas.1.parent: there is no area camau (did you mean ca-mau?)"),
        ("agent-1, site: site-1}]", "agent-1, site: zzz}]", "5: agents.0.site: there is no site zzz (known: site-1)"),
        (
            "10.0.0.2, profiles: [system]",
            "10.0.0.2, profiles: [system, system]",
            "9: devices.1.profiles: a profile is given twice",
        ),
        ("id: rt-2", "id: Rt-2", "9: devices.1.id: is 'Rt-2', expected: "),
        ("10.0.0.2", "''", "9: devices.1.address: is '', expected: "),
        (
            "level: district",
            "level: distric",
            "3: areas.1.level: is 'distric', expected: 'province', 'district' or 'commune'",
        ),
        ("level: district", "level: district, since: 2026-01-01, until: 2025-01-01", "3: areas.1: is never valid"),
    ],
)
def test_a_reference_that_leads_nowhere_is_said_with_the_nearest_name(
    tmp_path: Path, old: str, new: str, why: str
) -> None:
    [problem] = _problems(tmp_path, (old, new))
    assert problem.startswith(why)


def test_areas_that_lie_in_themselves_are_said(tmp_path: Path) -> None:
    problems = _problems(tmp_path, ("level: province", "level: province, parent: nam-can"))
    assert problems == [
        "2: areas.0.parent: ca-mau lies, by its parents, in itself",
        "3: areas.1.parent: nam-can lies, by its parents, in itself",
    ]


def test_thousands_of_wrong_references_are_said_in_time(tmp_path: Path) -> None:
    sites = "\n".join(f"  - {{id: s{n}, name: x, area: nam-can}}" for n in range(1500))
    devices = "\n".join(
        f"  - {{id: d{n}, site: x{n}, agent: agent-1, address: a, profiles: [system], credential: read-only}}"
        for n in range(1500)
    )
    text = (
        GOOD.split("sites:", maxsplit=1)[0] + f"sites:\n{sites}\nagents: [{{id: agent-1}}]\ncredentials: [read-only]\n"
    )
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, text + f"devices:\n{devices}\n")
    assert len(caught.value.problems) == 1500


@settings(max_examples=300)
@given(INVENTORIES, PROFILES, INVENTORIES, PROFILES)
def test_two_contents_share_an_id_only_when_they_are_equal(
    a: Inventory, a_texts: dict[str, str], b: Inventory, b_texts: dict[str, str]
) -> None:
    same = a == b and a_texts == b_texts
    assert (digest(a, a_texts, {}) == digest(b, b_texts, {})) == same
    assert (next_version(None, a, a_texts, 5).id == next_version(None, b, b_texts, 5).id) == same


def test_a_text_cannot_be_written_so_that_it_looks_like_two() -> None:
    assert digest(Inventory(), {"a": "x\0b\0y"}, {}) != digest(Inventory(), {"a": "x", "b": "y"}, {})


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**41)), min_size=1, max_size=8))
def test_numbers_grow_for_ever_whatever_the_clock_and_equal_content_keeps_its_version(
    edits: list[tuple[int, int]],
) -> None:
    version: Version | None = None
    for content, now_ms in edits:
        inventory = Inventory(credentials=[str(content)])
        following = next_version(version, inventory, {}, now_ms)
        if version is not None:
            assert (following is version) == (inventory == version.inventory)
            assert following is version or following.number > version.number
        assert following.number >= (version.number if version else now_ms)
        assert Version.model_validate_json(following.model_dump_json()) == following
        version = following


def test_the_order_of_profiles_does_not_matter() -> None:
    assert digest(Inventory(), {"a": "1", "b": "2"}, {}) == digest(Inventory(), {"b": "2", "a": "1"}, {})


def test_an_agent_is_assigned_its_own_devices_and_the_profiles_that_they_need() -> None:
    devices = [
        Device(
            id=f"d-{n}", site="s", agent=f"agent-{n % 2}", address="10.0.0.1", profiles=[f"p{n % 2}"], credential="c"
        )
        for n in range(4)
    ]
    version = next_version(None, Inventory(devices=devices), {"p0": "zero", "p1": "one"}, 7)
    assignment = version.assignment("agent-1")
    assert [device.id for device in assignment.devices] == ["d-1", "d-3"]
    assert assignment.profiles == {"p1": "one"}
    assert (assignment.version, assignment.id) == (version.number, version.id)
    assert version.assignment("agent-9").devices == []


def test_an_agent_with_a_device_that_names_no_profiles_gets_all_of_them() -> None:
    device = Device(id="d", site="s", agent="agent-1", address="10.0.0.1", credential="c")
    version = next_version(None, Inventory(devices=[device]), {"p0": "zero", "p1": "one"}, 1_700_000_000_000)
    assignment = version.assignment("agent-1")
    assert assignment.devices[0].profiles == []
    assert assignment.profiles == {"p0": "zero", "p1": "one"}


def test_an_area_may_be_open_at_both_ends() -> None:
    assert Area(id="a", name="A", level="commune").until is None


def test_devices_without_echo_are_written_as_before_there_was_any_and_keep_their_digest() -> None:
    devices = [
        Device(id=f"d-{n}", site="s", agent="agent-1", address="10.0.0.1", port=161 + n, credential="c", role="router")
        for n in range(2)
    ]
    plain = Inventory(devices=devices, credentials=["c"])
    assert digest(plain, {"p": "text"}, {}) == "22a92807f150"  # by the code of before
    wanting = Inventory(devices=[devices[0].model_copy(update={"echo": 5}), devices[1]], credentials=["c"])
    assert digest(wanting, {"p": "text"}, {}) != digest(plain, {"p": "text"}, {})
    read = Inventory.model_validate_json(wanting.model_dump_json())
    assert [device.echo for device in read.devices] == [5, 0]


def test_an_agent_is_told_how_many_echoes_a_device_is_sent_and_one_from_before_there_were_any_reads_it_too() -> None:
    device = Device(id="d", site="s", agent="agent-1", address="10.0.0.1", credential="c", echo=5)
    silent = device.model_copy(update={"id": "e", "echo": 0})
    said = next_version(None, Inventory(devices=[device, silent]), {}, 7).assignment("agent-1").to_json()
    assert [one.echo for one in Assignment.model_validate_json(said).devices] == [5, 0]
    assert said.count(b'"echo"') == 1


@pytest.mark.parametrize(("echo", "problem"), [("-1", "8: devices.0.echo: is -1"), ("61", "8: devices.0.echo: is 61")])
def test_too_many_or_too_few_echoes_are_said_with_their_line(tmp_path: Path, echo: str, problem: str) -> None:
    found = _problems(tmp_path, ("- {id: rt-1, site", f"- {{id: rt-1, echo: {echo}, site"))
    assert [one.startswith(problem) for one in found] == [True]
