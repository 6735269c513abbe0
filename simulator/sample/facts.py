"""Facts of Cà Mau: the communes and wards since 1 July 2025, and the districts until then.

Middles and areas are of the outlines, computed; codes are those of the statistics office (docs/province.md has the
sources). They are in the CSV files beside this one.
"""

import csv
from collections.abc import Iterator
from datetime import date
from math import pi, sqrt
from pathlib import Path
from typing import NamedTuple

from contract.inventory import Area
from simulator.sample.plane import Point

SINCE = date(2025, 7, 1)  # Nghị quyết 202/2025/QH15 and 1655/NQ-UBTVQH15: no districts, two provinces are one
PROVINCE = "ca-mau"
FORMER_PROVINCES = {"tinh-ca-mau": "Tỉnh Cà Mau", "tinh-bac-lieu": "Tỉnh Bạc Liêu"}
ISLANDS = {"song-doc": ("Hòn Chuối", Point(8.9434, 104.527)), "da-bac": ("Hòn Đá Bạc", Point(9.178, 104.804))}


class District(NamedTuple):
    """A district as it was at the end of 2024. `seat`: the commune of today in which its offices were."""

    id: str
    code: str
    name: str
    province: str
    middle: Point
    seat: str

    @property
    def short(self) -> str:
        """Its name without what it was."""
        return self.name.removeprefix("Huyện ").removeprefix("Thành phố ").removeprefix("Thị xã ")


class Commune(NamedTuple):
    """A commune or ward of today. `district`: in which it was."""

    id: str
    code: str
    name: str
    district: str
    middle: Point
    km2: float

    @property
    def urban(self) -> bool:
        """Whether it is a ward."""
        return self.name.startswith("Phường ")

    @property
    def radius_km(self) -> float:
        """Of the circle that is as large."""
        return sqrt(self.km2 / pi)


def districts() -> dict[str, District]:
    """Return the 9 of Cà Mau and the 7 of Bạc Liêu, by id."""
    rows = _rows("districts.csv")
    read = (District(r["id"], r["code"], r["name"], r["province"], _middle(r), r["seat"]) for r in rows)
    return {one.id: one for one in read}


def communes() -> dict[str, Commune]:
    """Return the 64, by id, in the order of their codes."""
    rows = _rows("communes.csv")
    read = (Commune(r["id"], r["code"], r["name"], r["district"], _middle(r), float(r["km2"])) for r in rows)
    return {one.id: one for one in read}


def areas() -> Iterator[Area]:
    """Yield the province, what it was made of, and its communes, all with their time."""
    yield Area(id=PROVINCE, code="96", name="Cà Mau", level="province", since=SINCE)
    for name, text in FORMER_PROVINCES.items():
        yield Area(id=name, name=text, level="province", until=SINCE)
    for district in districts().values():
        yield Area(
            id=district.id,
            code=district.code,
            name=district.name,
            level="district",
            parent=district.province,
            until=SINCE,
            lat=district.middle.lat,
            lon=district.middle.lon,
        )
    for commune in communes().values():
        yield Area(
            id=commune.id,
            code=commune.code,
            name=commune.name,
            level="commune",
            parent=PROVINCE,
            former=commune.district,
            since=SINCE,
            lat=commune.middle.lat,
            lon=commune.middle.lon,
        )


def _rows(name: str) -> list[dict[str, str]]:
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _middle(row: dict[str, str]) -> Point:
    return Point(float(row["lat"]), float(row["lon"]))
