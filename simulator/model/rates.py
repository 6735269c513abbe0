"""How often things fail and for how long: the sourced figures, and what was chosen so that the year comes out right.

Sources: [PC] the power company of Cà Mau 2023 (SAIDI, SAIFI, MAIFI); [VNP] VinaPhone's third region 2010 (minutes lost
by cause, minutes a site); [MTN] a handbook of microwave networks (hours of batteries). All else is chosen.
"""

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Rates:
    """Per year unless said otherwise; `times` makes all of them more frequent."""

    mains_per_feeder: float = 2.4  # [PC] SAIFI; twice that where most sites are reached by boat
    planned_share: float = 0.3  # of those cuts: by day, announced
    dips_per_feeder: float = 2.3  # [PC] MAIFI, shorter than five minutes
    rectifiers_per_site: float = 0.02
    cooling_per_site: float = 0.15  # twice that on the coast
    doors_per_site: float = 6.0  # visits, some without notice
    fibre_per_100_km: float = 0.25  # dug up, dredged, burnt; storms tear 0.15 more
    ends_per_fibre: float = 0.3  # optics, patch cords, line cards: as much as makes [VNP]'s minutes by transmission
    fades_per_hop: float = 70.0  # of any depth, May to November
    equipment_per_site: float = 0.3
    reboots_per_device: float = 0.3
    ports_per_device: float = 0.2
    lightning: float = 30.0  # storms with strikes near sites, in the province
    storms: float = 1.5  # days with wind of level 8 or more, in the province
    floods: float = 1.0  # times as many as the tides of `climate.py` bring
    hangs_per_device: float = 0.3
    counters_per_device: float = 0.1
    garbled_per_sensor: float = 2.0
    repeated_per_sensor: float = 2.0
    clocks_per_sensor: float = 0.2
    late_per_sensor: float = 0.5

    def times(self, factor: float) -> "Rates":
        """Return the same with all of it `factor` times as often; shares stay."""
        names = (field.name for field in fields(self) if field.name != "planned_share")
        return replace(self, **{name: factor * getattr(self, name) for name in names})
