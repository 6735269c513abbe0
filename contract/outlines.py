"""Outlines of areas as GeoJSON (RFC 7946): polygons in degrees of WGS 84, each ring closed, longitude first."""

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contract import durable
from contract.config_file import ConfigError, Problem, read_text

FILE = "outlines.geojson"  # beside an inventory's tables
MAX_SHOWN = 20
_CONVERT = "convert it, e.g. with `ogr2ogr -t_srs EPSG:4326 new.geojson old.geojson`"

Position = Annotated[list[float], Field(min_length=2, max_length=4)]  # longitude, latitude, and what may follow
Ring = Annotated[list[Position], Field(min_length=4)]
Rings = Annotated[list[Ring], Field(min_length=1)]  # the outer one, then holes


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Polygon(_Part):
    """RFC 7946 section 3.1.6."""

    type: Literal["Polygon"] = "Polygon"
    coordinates: Rings

    @property
    def polygons(self) -> Sequence[Rings]:
        """It alone."""
        return [self.coordinates]


class MultiPolygon(_Part):
    """RFC 7946 section 3.1.7."""

    type: Literal["MultiPolygon"] = "MultiPolygon"
    coordinates: Annotated[list[Rings], Field(min_length=1)]

    @property
    def polygons(self) -> Sequence[Rings]:
        """Each of them."""
        return self.coordinates


class Feature(_Part):
    """One outline and what is said of it."""

    type: Literal["Feature"] = "Feature"
    properties: dict[str, object] | None = None
    geometry: Annotated[Polygon | MultiPolygon, Field(discriminator="type")]

    def said(self, key: str) -> str | None:
        """Return a property as text."""
        value = (self.properties or {}).get(key)
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


class _Collection(_Part):
    type: Literal["FeatureCollection"]
    features: Annotated[list[Feature], Field(min_length=1)]


def read(path: Path) -> list[Feature]:
    """Read a file of outlines.

    Raises:
        ConfigError: with every problem.
    """
    file = str(path)
    try:
        data = json.loads(read_text(path), parse_constant=_no_number)
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode()  # 1e999 and half characters cannot be written
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise ConfigError([Problem(file, line, "", "is not JSON: GeoJSON with polygons is meant")]) from None
    if crs := _other_system(data):
        raise ConfigError([Problem(file, 0, "crs", f"is {crs[:60]}, WGS 84 is meant: {_CONVERT}")])
    try:
        features = _Collection.model_validate(data).features
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:MAX_SHOWN]
        raise ConfigError([Problem(file, 0, ".".join(map(str, e["loc"])), e["msg"]) for e in found]) from None
    problems = [
        Problem(file, 0, f"features.{i}", wrong) for i, feature in enumerate(features) if (wrong := _wrong(feature))
    ]
    if problems:
        raise ConfigError(problems[:MAX_SHOWN])
    return features


def write(features: Iterable[Feature], path: Path) -> None:
    """Write a file of outlines, with a line for each, so that a change of one is a change of one line.

    Raises:
        OSError: it cannot be written; what was there still is.
    """
    lines = ",\n".join(json.dumps(one.model_dump(), ensure_ascii=False, separators=(",", ":")) for one in features)
    durable.replace(path, f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'.encode())


def middle(feature: Feature) -> tuple[float, float]:
    """Return latitude and longitude of the centroid, by area on the plane of degrees: right to some metres for what is
    as small as a province."""
    area = east = north = 0.0
    for rings in feature.geometry.polygons:
        for number, ring in enumerate(rings):
            size, lon, lat = _moments(ring)
            weight = -abs(size) if number else abs(size)
            area, east, north = area + weight, east + weight * lon, north + weight * lat
    if area == 0:
        raise ValueError("an outline without an area has no middle")
    return north / area, east / area


def _moments(ring: Ring) -> tuple[float, float, float]:
    """Return the signed area of a ring, and longitude and latitude of its centroid."""
    lon0, lat0 = ring[0][:2]  # near the origin products keep their digits
    area = east = north = 0.0
    for one, two in pairwise(ring):
        (x1, y1), (x2, y2) = ((point[0] - lon0, point[1] - lat0) for point in (one, two))
        cross = x1 * y2 - x2 * y1
        area, east, north = area + cross, east + (x1 + x2) * cross, north + (y1 + y2) * cross
    return (area / 2, lon0 + east / (3 * area), lat0 + north / (3 * area)) if area else (0.0, lon0, lat0)


def _wrong(feature: Feature) -> str:
    """Return what is wrong with where it is, or nothing."""
    for rings in feature.geometry.polygons:
        for ring in rings:
            if ring[0] != ring[-1]:
                return "a ring does not end where it begins"
            for point in ring:
                if wrong := _off(point[0], point[1]):
                    return wrong
    area = sum(abs(_moments(rings[0])[0]) for rings in feature.geometry.polygons)
    return "" if area else "has no area"


def _off(lon: float, lat: float) -> str:
    if -180 <= lon <= 180 and -90 <= lat <= 90:
        return ""
    if -90 <= lon <= 90 and -180 <= lat <= 180:
        return f"[{lon:g}, {lat:g}] is latitude first: GeoJSON has longitude first"
    return f"[{lon:g}, {lat:g}] are no degrees but a projection's metres, as of VN-2000: {_CONVERT}"


def _other_system(data: object) -> str:
    """Return the name of a reference system that is not WGS 84; GeoJSON of before RFC 7946 could have one."""
    crs = data.get("crs") if isinstance(data, dict) else None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else ""
    return "" if not name or "CRS84" in name or name.endswith("4326") else name


def _no_number(text: str) -> float:
    raise ValueError(text)
