"""Which line of the power grid feeds a site: neighbours share one, and a cut takes them all."""

from collections.abc import Iterator, Sequence

from simulator.sample.places import Place

_MOST = 40  # sites of a line


def feeders(places: Sequence[Place]) -> dict[str, str]:
    """Return the feeder of each site, named by the district: up to 40 neighbouring sites share one. With more sites the
    lines are other ones."""
    by_district: dict[str, list[Place]] = {}
    for place in places:
        by_district.setdefault(place.district.id, []).append(place)
    return {
        place.site: f"f-{district.partition('-')[2]}-{number:02}"
        for district, mine in by_district.items()
        for number, group in enumerate(_halved(mine), 1)
        for place in group
    }


def _halved(places: Sequence[Place]) -> Iterator[Sequence[Place]]:
    """Halve along the longer side until no part is too large."""
    if len(places) <= _MOST:
        yield places
        return
    lats, lons = [place.at.lat for place in places], [place.at.lon for place in places]
    tall = max(lats) - min(lats) > max(lons) - min(lons)
    along = sorted(places, key=lambda place: (place.at.lat if tall else place.at.lon, place.mark))
    yield from _halved(along[: len(along) // 2])
    yield from _halved(along[len(along) // 2 :])
