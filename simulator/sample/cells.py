"""The cells of the sample: two or three sectors a site, at shared towers of both operators."""

from collections.abc import Iterator
from random import Random
from typing import Literal, NamedTuple

from contract.inventory import Cell, Site
from simulator.sample.places import Place
from simulator.sample.sites import OPERATORS, TOWERS

Technology = Literal["2g", "3g", "4g", "5g"]
_CLASSES = {"3g": "UtranCell", "4g": "EUtranGenericCell", "5g": "NRCellDU"}  # in files of counters; 2G has none


class _Layer(NamedTuple):
    technology: Technology
    band: str
    power_dbm: float


def cells(place: Place, site: Site, seed: int) -> Iterator[Cell]:
    """Yield the cells of a site; those of a technology are numbered through."""
    random = Random(f"{seed}/{place.mark}/cells")
    number: dict[Technology, int] = {}
    for operator in _operators(site, random):
        sectors = random.choice((2, 3))
        north = random.randrange(0, 360, 10)
        for layer in _layers(place, operator, random):
            tilt = random.randint(2, 8)
            for sector in range(sectors):
                number[layer.technology] = number.get(layer.technology, 0) + 1
                name = f"cell-{place.mark}-{layer.technology}-{number[layer.technology]}"
                yield Cell(
                    id=name,
                    site=site.id,
                    technology=layer.technology,
                    operator=operator,
                    band=layer.band,
                    azimuth_deg=(north + 360 // sectors * sector) % 360,
                    tilt_deg=tilt,
                    power_dbm=layer.power_dbm,
                    agent=place.cluster.id if layer.technology in _CLASSES else None,
                    key=f"{_CLASSES[layer.technology]}={name}" if layer.technology in _CLASSES else None,
                )


def _operators(site: Site, random: Random) -> list[str]:
    """Return who has cells there: the site's own, and on a tower of others half of the time its rival."""
    own = str(site.operator)
    shared = site.tower_owner == TOWERS and random.random() < 0.5
    return [own, *(one for one in OPERATORS if shared and one != own)]


def _layers(place: Place, operator: str, random: Random) -> Iterator[_Layer]:
    three, wide = random.random() < 0.5, random.random() < 0.5
    yield _Layer("2g", "gsm900", 43)
    if three:
        yield _Layer("3g", "b1", 43)
    yield _Layer("4g", "b3", 46)
    if wide:
        yield _Layer("4g", "b1", 46)
    if place.seat or (place.commune.urban and random.random() < 0.7):
        yield _Layer("5g", "n41" if operator == OPERATORS[0] else "n78", 49)
