"""Which area an outline is of, and what becomes of the areas and the outlines that there were."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import ValidationError

from contract import outlines
from contract.inventory import Area
from contract.outlines import Feature

Level = Literal["province", "district", "commune"]
NAMES = ("name", "full_name", "ten", "ten_xa", "ten_huyen", "ten_tinh", "NAME", "TEN_XA", "TEN_HUYEN", "TEN_TINH")
CODES = ("code", "ma", "ma_xa", "ma_huyen", "ma_tinh", "CODE", "MA_XA", "MA_HUYEN", "MA_TINH")
_KINDS = ("thi tran ", "thanh pho ", "thi xa ", "phuong ", "huyen ", "tinh ", "dac khu ", "xa ")
_DIGITS = 5  # of degrees: a metre


@dataclass(frozen=True, slots=True)
class Rule:
    """Areas of that level are meant. `name_key` and `code_key` are properties of the features, guessed where empty.
    `add`: areas that are not there are added, below `parent` and valid from `since` on."""

    level: Level
    name_key: str = ""
    code_key: str = ""
    add: bool = False
    parent: str | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A feature with its area: one that is there, or a new one; `area` is None where it is not known which is meant."""

    feature: Feature
    name: str
    area: Area | None
    new: bool = False


def match(features: Sequence[Feature], areas: Sequence[Area], rule: Rule) -> list[Match]:
    """Return each feature with the area of that level, valid now, which has its code, or else alone has its name. An
    area goes to one feature only."""
    able = valid(areas, rule.level)
    by_code = {area.code: area for area in able if area.code}
    by_name: dict[str, list[Area]] = {}
    for one in able:
        by_name.setdefault(bare(one.name), []).append(one)
    taken, given = {area.id for area in areas}, set[str]()
    out = []
    for feature in features:
        name, code = _property(feature, rule.name_key, NAMES) or "", _property(feature, rule.code_key, CODES)
        alike = by_name.get(bare(name), [])
        found = by_code.get(code or "") or _alone(alike, code)
        area = found if found and found.id not in given else None
        new = area is None and not alike and rule.add
        if new:
            area = _new(name, code, rule, taken)
        if area is not None:
            given.add(area.id)
            taken.add(area.id)
        out.append(Match(feature, name or code or "?", area, new))
    return out


def valid(areas: Iterable[Area], level: Level) -> list[Area]:
    """Return those of a level that have no end."""
    return [area for area in areas if area.level == level and area.until is None]


def placed(areas: Sequence[Area], matches: Iterable[Match]) -> list[Area]:
    """Return the areas with the middles of their outlines, the new ones last."""
    found = {one.area.id: one for one in matches if one.area is not None}
    every = [*areas, *(one.area for one in found.values() if one.new and one.area)]
    return [_at_middle(area, found[area.id].feature) if area.id in found else area for area in every]


def merged(before: Iterable[Feature], matches: Iterable[Match], source: str) -> list[Feature]:
    """Return the outlines that there were, those that have come in their place, and the new ones. What has come is
    rounded to a metre, and says where from."""
    come = {one.area.id: _outline(one.feature, one.area, source) for one in matches if one.area is not None}
    kept = [come.pop(str(one.said("id")), one) for one in before]
    return [*kept, *come.values()]


def bare(name: str) -> str:
    """Return a name without accents, case, and the word for what it is: `Xã Năm Căn` is `nam can`."""
    flat = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    text = " ".join("".join(letter for letter in flat if not unicodedata.combining(letter)).split())
    return next((text.removeprefix(kind) for kind in _KINDS if text.startswith(kind)), text)


def _property(feature: Feature, key: str, guesses: Iterable[str]) -> str | None:
    return next((said for name in ([key] if key else guesses) if (said := feature.said(name))), None)


def _alone(alike: Sequence[Area], code: str | None) -> Area | None:
    """Return the one of that name, unless it has another code."""
    one = alike[0] if len(alike) == 1 else None
    return None if one and code and one.code else one


def _new(name: str, code: str | None, rule: Rule, taken: set[str]) -> Area | None:
    """Return a new area, or None where its name makes no id: it is told with those that have no area."""
    slug = "-".join("".join(letter if letter.isascii() and letter.isalnum() else " " for letter in bare(name)).split())
    area_id = slug if slug not in taken else f"{slug}-{code}"
    try:
        return Area(id=area_id, name=name, level=rule.level, parent=rule.parent, since=rule.since, code=code)
    except ValidationError:
        return None


def _at_middle(area: Area, feature: Feature) -> Area:
    lat, lon = outlines.middle(feature)
    return area.model_copy(update={"lat": round(lat, _DIGITS), "lon": round(lon, _DIGITS)})


def _outline(feature: Feature, area: Area, source: str) -> Feature:
    said: Mapping[str, object] = {"id": area.id, "name": area.name, "source": source}
    return Feature.model_validate(
        {
            "properties": said,
            "geometry": {"type": feature.geometry.type, "coordinates": _rounded(feature.geometry.coordinates)},
        }
    )


def _rounded(part: object) -> object:
    return [_rounded(one) for one in part] if isinstance(part, list) else round(float(str(part)), _DIGITS)
