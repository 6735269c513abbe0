"""What arrives over the links: dBm of light and of radio, and what weather and salt take from it."""

from collections import defaultdict
from collections.abc import Mapping
from random import Random

from contract.inventory import Inventory, Link
from simulator.model.climate import YEAR_S
from simulator.model.coast import coastal

DARK_DBM, NOISE_DBM = -40.0, -99.0  # of a cut fibre, of a radio that hears nothing
THRESHOLD_DBM = -72.0  # below which a radio loses the frame
DRIFT_DB = 3.6  # a year at the coast, until the optics are replaced
_FIBRE_DB_A_KM, _RADIO_DB_A_KM = 0.25, 0.5
_REPLACED_S = (1.5 * YEAR_S, 3.0 * YEAR_S)


class Signals:
    """The links of an inventory."""

    def __init__(self, inventory: Inventory, seed: int) -> None:
        self._links: Mapping[str, Link] = {link.id: link for link in inventory.links}
        salty, sites = coastal(inventory), {device.id: device.site for device in inventory.devices}
        self._salty = {link.id for link in inventory.links if any(sites.get(end) in salty for end in link.ends)}
        self._seed = seed
        self._fades = defaultdict[str, dict[str, float]](dict)
        self._chance: dict[str, tuple[float, float, float]] = {}

    def clear(self, link: str, now: float) -> float:
        """Return what arrives in good weather.

        Raises:
            KeyError: there is no such link.
        """
        one = self._links[link]
        km = one.length_km or 0.0
        level, period, phase = self._of(link)
        if one.kind == "microwave":
            return level - 35.0 - _RADIO_DB_A_KM * km
        drift = DRIFT_DB * ((now + phase) % period) / YEAR_S if link in self._salty else 0.0
        return level - 4.0 - _FIBRE_DB_A_KM * km - drift

    def fade(self, link: str, reason: str, db: float) -> None:
        """Let it fade by that, for that reason among others."""
        self._fades[link][reason] = db

    def clears(self, link: str, reason: str) -> None:
        """Let a fade be over."""
        self._fades[link].pop(reason, None)

    def arrives(self, link: str, now: float) -> float:
        """Return what arrives in the weather that there is; below `THRESHOLD_DBM` a radio loses the link."""
        return self.clear(link, now) - sum(self._fades[link].values())

    def lost(self, link: str) -> float:
        """Return what arrives where nothing does."""
        return NOISE_DBM if self._links[link].kind == "microwave" else DARK_DBM

    def _of(self, link: str) -> tuple[float, float, float]:
        if link not in self._chance:
            random = Random(f"{self._seed}/{link}/signal")
            period = random.uniform(*_REPLACED_S)
            self._chance[link] = random.uniform(-2.0, 2.0), period, random.uniform(0.0, period)
        return self._chance[link]
