"""What refers to what there is, and yet cannot be so, is told: areas that outlive a parent, rings that are none."""

import pytest

from contract.config_file import parse
from contract.inventory import Inventory
from contract.shape_check import check


def said(text: str) -> list[str]:
    return [str(problem) for problem in check(parse(text, Inventory, "inventory.yaml"))]


def links(*ends: tuple[str, str, str]) -> str:
    return "links:\n" + "".join(
        f"- {{id: {a}-{b}-{i}, ends: [{a}, {b}], ring: {ring}}}\n" for i, (a, b, ring) in enumerate(ends)
    )


def areas(parent: str, child: str) -> str:
    above = f"- {{id: cha, name: Cha, level: province{parent}}}\n"
    return f"areas:\n{above}- {{id: con, name: Con, level: commune, parent: cha{child}}}\n"


@pytest.mark.parametrize(
    ("parent", "child", "expected"),
    [
        ("", ", until: 2025-07-01", []),
        (", since: 2025-07-01", ", since: 2025-07-01", []),
        (", until: 2025-07-01", ", until: 2025-07-01", []),
        (", since: 2025-07-01", ", since: 2024-01-01",
         ["inventory.yaml:3: areas.1.since: con is valid from 2024-01-01 on, its parent cha only from 2025-07-01"]),
        (", until: 2025-07-01", "",
         ["inventory.yaml:3: areas.1.until: its parent cha ends on 2025-07-01: give con another, or an `until`"]),
        ("", ", former: cha", ["inventory.yaml:3: areas.1.former: cha is a province, a district is meant"]),
    ],
)  # fmt: skip
def test_an_area_does_not_outlive_its_parent(parent: str, child: str, expected: list[str]) -> None:
    assert said(areas(parent, child)) == expected


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ([("a", "b", "r"), ("b", "c", "r"), ("c", "a", "r")], []),
        ([("a", "b", "r"), ("a", "b", "r")], []),
        ([("a", "b", "r"), ("b", "c", "r")], ["r is no ring: a has 1 of its links, not two"]),
        (
            [("a", "b", "r"), ("b", "c", "r"), ("c", "a", "r"), ("a", "d", "r")],
            ["r is no ring: a has 3 of its links, not two"],
        ),
        (
            [("a", "b", "r"), ("a", "b", "r"), ("c", "d", "r"), ("c", "d", "r")],
            ["r is more than one ring: give each a name of its own"],
        ),
    ],
    ids=["three", "two links between two", "a chain", "a tail", "two rings"],
)
def test_the_links_of_a_ring_are_one_way_round(ends: list[tuple[str, str, str]], expected: list[str]) -> None:
    assert said(links(*ends)) == [f"inventory.yaml:2: links.0.ring: {text}" for text in expected]


def test_an_agent_has_one_device_at_an_address_and_another_agent_may_have_its_own_there() -> None:
    device = "- {{id: {}, site: s, agent: {}, address: 10.0.0.1, credential: c}}\n"
    text = "devices:\n" + device.format("one", "a") + device.format("two", "b") + device.format("three", "a")
    assert said(text) == ["inventory.yaml:4: devices.2.address: three has the address, port and credential of one"]
