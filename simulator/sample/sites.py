"""The sites of the sample: real communes, and made-up towers, batteries and numbers in them."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from contract.inventory import Site
from simulator.sample.clusters import BY_BOAT
from simulator.sample.facts import ISLANDS
from simulator.sample.feeders import feeders
from simulator.sample.places import ALONE, Place
from simulator.snmp.parts import GENERATED

OPERATORS = ("mau-a", "mau-b")
TOWERS = "mau-tower"  # owns towers, and has no cells
AS_OF = date(2025, 10, 1)  # the day from which the ages of batteries count
_COHORT_YEARS = 8


def described(places: Sequence[Place], seed: int) -> list[Site]:
    """Return the sites of these places."""
    feeder = feeders(places)
    return [_site(place, feeder[place.site], Random(f"{seed}/{place.mark}/site"), seed) for place in places]


def _site(place: Place, feeder: str, random: Random, seed: int) -> Site:
    operator = random.choice(OPERATORS)
    by_boat, has_generator = random.random() < _boat(place), random.random() < 0.26
    return Site(
        id=place.site,
        name=f"Trạm {_where(place)} ({GENERATED})",
        area=place.commune.id,
        operator=operator,
        lat=place.at.lat,
        lon=place.at.lon,
        tower_owner=TOWERS if random.random() < 0.4 else operator,
        height_m=random.choice((24, 30, 36) if place.commune.urban else (42, 45, 48, 60, 72)),
        access="boat" if by_boat else "road",
        feeder=feeder,
        customer_number=f"MAU{place.commune.code}{place.number:03}",
        battery_ah=random.choice((600, 800, 1000) if place.seat else (150, 200, 200, 300, 400)),
        battery_since=_battery(place, random, seed),
        generator=place.seat or (place.commune.id != ALONE and has_generator),
        contact=f"Tổ {place.district.short} ({GENERATED})",
    )


def _where(place: Place) -> str:
    return ISLANDS[place.commune.id][0] if place.island else f"{place.commune.name} {place.number:02}"


def _boat(place: Place) -> float:
    """Return the chance that people come by boat."""
    if place.island:
        return 1.0
    if place.seat or place.commune.urban:
        return 0.0
    return 0.75 if place.district.id in BY_BOAT else 0.08


def _battery(place: Place, random: Random, seed: int) -> date:
    """Return when its battery came: most of a commune's came in one campaign."""
    campaign = Random(f"{seed}/{place.commune.id}/campaign").uniform(0, _COHORT_YEARS)
    own, later = random.uniform(0, _COHORT_YEARS), random.uniform(0, 0.25)
    years = max(0.0, campaign - later) if random.random() < 0.7 else own
    return AS_OF - timedelta(days=round(years * 365))
