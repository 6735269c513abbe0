"""Announced maintenance: which time of which subject is planned. Pure."""

from collections.abc import Sequence
from functools import reduce

from collector.watch.memory import Window
from collector.watch.network import Network
from contract.intervals import IntervalSet


class Planned:
    """All windows, by subject. One of an area or a site holds for what lies in it and who stands there."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._sets: dict[str, IntervalSet] = {}
        for window in windows:
            self._sets.setdefault(window.subject, IntervalSet()).add(window.since, window.until - 1)

    def of(self, subject: str, network: Network) -> IntervalSet:
        """Return the planned time of an element, a site, an area or an agent, ms."""
        if not self._sets:
            return IntervalSet()
        out = IntervalSet()
        for name in network.around(subject):
            if found := self._sets.get(name):
                out |= found
        return out

    def of_site(self, site: str, network: Network) -> IntervalSet:
        """Return the planned time of a site: its own, and that in which all by which it is judged are planned."""
        out = self.of(site, network)
        routers = [self.of(device.id, network) for device in network.routers(site)] if self._sets else []
        if routers:
            out |= reduce(IntervalSet.__and__, routers)
        return out

    def active(self, at: int) -> set[str]:
        """Return the subjects of the windows in which a moment lies."""
        return {subject for subject, found in self._sets.items() if at in found}

    def covers(self, subject: str, at: int, network: Network) -> bool:
        """Whether a moment is planned."""
        return bool(self._sets) and any(
            at in found for name in network.around(subject) if (found := self._sets.get(name))
        )
