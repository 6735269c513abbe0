"""Schematic outlines: convex cells that hold their middle, keep off each other, and say what they are."""

import json
from collections.abc import Sequence
from itertools import combinations, pairwise
from math import hypot
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from simulator.sample.facts import communes
from simulator.sample.outlines import SCHEMATIC, Vertex, cell, outlines
from simulator.sample.plane import km
from simulator.sample.province import sample

coordinate = st.floats(-60, 60, allow_nan=False)
point = st.tuples(coordinate, coordinate)


def area(corners: Sequence[Vertex]) -> float:
    return sum(one[0] * two[1] - two[0] * one[1] for one, two in pairwise([*corners, corners[0]])) / 2


def inside(corners: Sequence[Vertex], at: Vertex, margin: float = 0.0) -> bool:
    """Whether a point is inside, by so many km of the lines."""
    for one, two in pairwise([*corners, corners[0]]):
        edge = two[0] - one[0], two[1] - one[1]
        if edge[0] * (at[1] - one[1]) - edge[1] * (at[0] - one[0]) < margin * hypot(*edge):
            return False
    return True


@given(st.lists(point, min_size=2, max_size=12, unique=True), st.floats(1, 40), point)
def test_cells_hold_their_middle_and_a_point_lies_in_the_cell_of_the_nearest_only(
    middles: list[Vertex], radius: float, probe: Vertex
) -> None:
    assume(all(hypot(a[0] - b[0], a[1] - b[1]) > 0.1 for a, b in combinations(middles, 2)))
    holding = []
    for one in middles:
        corners = cell(radius, [(x - one[0], y - one[1]) for x, y in middles if (x, y) != one])
        assert inside(corners, (0.0, 0.0), 0.04)
        assert area(corners) > 0
        assert all(hypot(*corner) < radius * 1.000001 for corner in corners)
        if inside(corners, (probe[0] - one[0], probe[1] - one[1]), 1e-6):
            holding.append(one)
    assert len(holding) <= 1
    far = {one: hypot(probe[0] - one[0], probe[1] - one[1]) for one in middles}
    first, second = sorted(far.values())[:2]
    if first < 0.99 * radius and second > first + 1e-3:
        assert holding == [min(far, key=lambda one: far[one])]


def drawn() -> list[Any]:
    """As a reader of JSON has them."""
    features: list[Any] = json.loads(json.dumps(outlines(communes().values())))
    return features


def test_a_cell_without_neighbours_is_the_circle() -> None:
    corners = cell(10, [], 72)
    assert (len(corners), round(area(corners))) == (72, 314)
    assert cell(10, [(20.0, 0.0), (0.0, -30.0)], 72) == corners


def test_the_outlines_of_all_communes_are_about_as_large_as_these_and_say_that_they_are_schematic() -> None:
    every = communes()
    features = drawn()
    assert [feature["properties"]["id"] for feature in features] == list(every)
    assert {feature["properties"]["note"] for feature in features} == {SCHEMATIC}
    assert all(feature["properties"]["schematic"] is True for feature in features)
    total = 0.0
    for feature in features:
        middle = every[feature["properties"]["id"]].middle
        geometry = feature["geometry"]
        ring = geometry["coordinates"][0] if geometry["type"] == "Polygon" else geometry["coordinates"][0][0]
        assert ring[0] == ring[-1]
        corners = [(lon - middle.lon, lat - middle.lat) for lon, lat in ring[:-1]]
        assert inside(corners, (0.0, 0.0))
        total += area(corners) * 111.2**2 * 0.9874
    assert 0.97 < total / sum(one.km2 for one in every.values()) < 1.03


def test_every_site_lies_in_the_outline_of_its_commune() -> None:
    rings = {}
    for feature in drawn():
        geometry = feature["geometry"]
        polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        rings[feature["properties"]["id"]] = [[(lon, lat) for lon, lat in polygon[0][:-1]] for polygon in polygons]
    for site in sample(300, 1).sites:
        assert site.lat is not None
        assert site.lon is not None
        assert any(inside(ring, (site.lon, site.lat)) for ring in rings[site.area]), site.id


def test_the_middles_of_neighbours_are_kilometres_apart() -> None:
    assert min(km(one.middle, two.middle) for one, two in combinations(communes().values(), 2)) > 5
