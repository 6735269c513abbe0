"""Announced maintenance: which time of which subject is planned. Pure."""

from collections.abc import Sequence

from collector.watch.memory import Window
from collector.watch.network import Network
from contract.intervals import IntervalSet


class Planned:
    """All windows, by subject. One of an area or a site holds for what lies in it."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._sets: dict[str, IntervalSet] = {}
        for window in windows:
            self._sets.setdefault(window.subject, IntervalSet()).add(window.since, window.until - 1)

    def of(self, subject: str, network: Network) -> IntervalSet:
        """Return the planned time of an element, a site or an area, ms."""
        if not self._sets:
            return IntervalSet()
        out = IntervalSet()
        for name in _around(subject, network):
            if found := self._sets.get(name):
                out |= found
        return out

    def at(self, now_ms: int, network: Network) -> set[str]:
        """Return every element of which a moment is planned."""
        subjects = [subject for subject, found in self._sets.items() if now_ms in found]
        return {element for subject in subjects for element in network.elements_in(subject)}

    def covers(self, subject: str, at: int, network: Network) -> bool:
        """Whether a moment is planned."""
        return bool(self._sets) and any(
            at in found for name in _around(subject, network) if (found := self._sets.get(name))
        )


def _around(subject: str, network: Network) -> list[str]:
    """Return a subject and what it lies in."""
    element = network.elements.get(subject)
    site = element.site if element else subject
    if site in network.sites:
        return [subject, site, *network.areas_of(site)]
    out, at = [], network.areas.get(subject)
    while at is not None:
        out.append(at.id)
        at = network.areas.get(at.parent or "")
    return out or [subject]
