"""The facts: as many as the law of 2025 says, and each where it belongs."""

from collections import Counter

from simulator.sample.clusters import BY_BOAT, CLUSTERS
from simulator.sample.facts import FORMER_PROVINCES, ISLANDS, PROVINCE, SINCE, areas, communes, districts
from simulator.sample.plane import Point, km, moved


def test_there_are_55_communes_and_9_wards_of_16_districts() -> None:
    assert Counter(one.name.partition(" ")[0] for one in communes().values()) == {"Xã": 55, "Phường": 9}
    assert Counter(one.province for one in districts().values()) == {"tinh-ca-mau": 9, "tinh-bac-lieu": 7}
    assert {one.district for one in communes().values()} == districts().keys()
    for found in (communes(), districts()):
        assert len({one.code for one in found.values()}) == len(found)


def test_every_district_had_its_seat_in_one_of_its_communes() -> None:
    for district in districts().values():
        assert communes()[district.seat].district == district.id
        assert km(district.middle, communes()[district.seat].middle) < 25


def test_every_middle_lies_in_the_province() -> None:
    middles = [one.middle for one in communes().values()] + [one.middle for one in districts().values()]
    for middle in middles:
        assert (8.5 < middle.lat < 9.7, 104.7 < middle.lon < 105.9) == (True, True)
    assert 7_000 < sum(one.km2 for one in communes().values()) < 8_000  # km2; official 7,942
    assert ISLANDS.keys() <= communes().keys()


def test_every_district_is_of_one_cluster_whose_seat_and_core_are_seats() -> None:
    assert sorted(name for cluster in CLUSTERS for name in cluster.districts) == sorted(districts())
    assert all(cluster.seat in cluster.districts and cluster.core in districts() for cluster in CLUSTERS)
    assert districts().keys() >= set(BY_BOAT)


def test_areas_have_their_time_and_a_commune_its_former_district() -> None:
    every = {area.id: area for area in areas()}
    assert len(every) == 1 + 2 + 16 + 64
    for area in every.values():
        assert (area.since, area.until) in ((SINCE, None), (None, SINCE))
        if area.level == "commune":
            assert (area.parent, every[str(area.former)].level) == (PROVINCE, "district")
        if area.level == "district":
            assert area.parent in FORMER_PROVINCES


def test_a_point_moved_by_kilometres_is_as_far_away() -> None:
    start = Point(9.1, 105.2)
    assert abs(km(start, moved(start, 3.0, 4.0)) - 5.0) < 0.002
    assert moved(start, 0.0, 111.2).lat == 10.1
