"""The province as a plane: it is 170 km across, on which the earth's curve moves nothing by more than some metres."""

from math import cos, hypot, radians
from typing import NamedTuple

KM_PER_DEGREE = 111.2  # of a great circle
_ACROSS = KM_PER_DEGREE * cos(radians(9.1))  # of longitude, at the middle of the province


class Point(NamedTuple):
    """A place in degrees (WGS 84)."""

    lat: float
    lon: float


def km(one: Point, other: Point) -> float:
    """Return how far two points are from each other."""
    return hypot(*offset(one, other))


def offset(start: Point, end: Point) -> tuple[float, float]:
    """Return how many km to the east and to the north `end` is of `start`."""
    return (end.lon - start.lon) * _ACROSS, (end.lat - start.lat) * KM_PER_DEGREE


def moved(start: Point, east_km: float, north_km: float) -> Point:
    """Return the point so many km from `start`, to a metre."""
    return Point(round(start.lat + north_km / KM_PER_DEGREE, 5), round(start.lon + east_km / _ACROSS, 5))
