"""Schematic outlines of communes: to whose middle a point is nearest, within a circle by the commune's area.

They are the cells of Voronoi's diagram, each cut from a circle by the lines half way to its neighbours, in km on a
plane. They are not the boundaries: those are imported with `mangrove areas import`.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import cos, hypot, sin, tau

from simulator.sample.facts import ISLANDS, Commune
from simulator.sample.plane import Point, moved, offset

Vertex = tuple[float, float]  # km to the east and to the north of the middle
CORNERS = 36
WIDER = 1.15  # than the circle of its area: so much that all cells together are as large as all communes
ISLAND_KM = 0.5
SCHEMATIC = "sơ đồ, không phải địa giới / schematic, not the boundary"


def outlines(communes: Iterable[Commune]) -> list[dict[str, object]]:
    """Return the outlines as features of GeoJSON (RFC 7946), whose properties have the commune's `id` and say that they
    are schematic. An island that is far off has a ring of its own."""
    every = list(communes)
    return [_feature(one, every) for one in every]


def _feature(commune: Commune, every: Sequence[Commune]) -> dict[str, object]:
    others = [offset(commune.middle, other.middle) for other in every if other is not commune]
    rings = [_ring(commune.middle, cell(commune.radius_km * WIDER, others))]
    if island := ISLANDS.get(commune.id):
        rings.append(_ring(island[1], cell(ISLAND_KM, [], 8)))
    return {
        "type": "Feature",
        "properties": {"id": commune.id, "name": commune.name, "schematic": True, "note": SCHEMATIC},
        "geometry": {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}
        if len(rings) > 1
        else {"type": "Polygon", "coordinates": rings},
    }


def _ring(middle: Point, corners: Sequence[Vertex]) -> list[list[float]]:
    points = [moved(middle, east, north) for east, north in [*corners, corners[0]]]
    return [[point.lon, point.lat] for point in points]


def cell(radius_km: float, others: Iterable[Vertex], corners: int = CORNERS) -> list[Vertex]:
    """Return the corners, counter-clockwise, of what is within that radius of the origin and nearer to it than to the
    others, none of which is the origin."""
    turns = (tau * corner / corners for corner in range(corners))
    out = [(radius_km * cos(turn), radius_km * sin(turn)) for turn in turns]
    for other in others:
        if hypot(*other) < 2 * radius_km:
            out = _nearer(out, other)
    return out


def _nearer(polygon: Sequence[Vertex], other: Vertex) -> list[Vertex]:
    """Cut off from a convex polygon around the origin what is nearer to `other` (Sutherland and Hodgman 1974)."""
    half = hypot(*other) ** 2 / 2
    out = []
    for one, two in pairwise([*polygon, polygon[0]]):
        inside, beyond = (half - (end[0] * other[0] + end[1] * other[1]) for end in (one, two))
        if inside >= 0:
            out.append(one)
        if inside * beyond < 0:
            share = inside / (inside - beyond)
            out.append((one[0] + share * (two[0] - one[0]), one[1] + share * (two[1] - one[1])))
    return out
