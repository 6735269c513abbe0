"""Live coverage, first form: how many cells of each commune, technology and operator are in service. Pure.

A cell is as its own report says, while that counts; else it is up when a router of its site answers and the site has
power. That is inferred, and the rows say so. A cell that we cannot see is neither up nor down.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from collector.watch.network import Group
from collector.watch.sight import Answer
from contract.inventory import Cell

CellState = Literal["up", "down", "unknown"]
NONE, PARTIAL, FULL, UNSEEN = range(4)  # the values of service.status in the catalog


@dataclass(frozen=True, slots=True)
class Tally:
    """Cells by state, and of how many their own report says it."""

    up: int = 0
    down: int = 0
    unknown: int = 0
    reported: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.up + self.down + self.unknown

    @property
    def share_pct(self) -> float | None:
        """The share in service of those that we see; None when we see none."""
        seen = self.up + self.down
        return 100.0 * self.up / seen if seen else None

    @property
    def status(self) -> int:
        """The service that they give together."""
        if not self.up:
            return UNSEEN if self.unknown else NONE
        return FULL if self.up == self.total else PARTIAL

    def __add__(self, other: "Tally") -> "Tally":
        states = self.up + other.up, self.down + other.down, self.unknown + other.unknown
        return Tally(*states, self.reported + other.reported)


@dataclass(frozen=True, slots=True)
class Headline:
    """Communes by service in one technology, and all cells of it."""

    communes: int
    total: int
    lost: int
    blind: int
    cells: Tally


def cell_state(routers: Sequence[Answer | None], *, has_power: bool) -> CellState:
    """Return the state of the cells of a site: how its routers answer (None: cannot be seen), and whether its power, as
    far as it is known, holds."""
    if any(answer in ("up", "unclear") for answer in routers):
        return "up" if has_power else "down"
    return "down" if routers and None not in routers else "unknown"


def tallies(
    groups: Mapping[Group, Sequence[Cell]], sites: Mapping[str, CellState], reported: Mapping[str, CellState]
) -> dict[Group, Tally]:
    """Count the cells of every group; `sites` is the state of the cells of each site, but for those that are in
    `reported`."""
    out: dict[Group, Tally] = {}
    for group, cells in groups.items():
        states = [reported.get(cell.id) or sites[cell.site] for cell in cells]
        own = sum(cell.id in reported for cell in cells) if reported else 0
        out[group] = Tally(states.count("up"), states.count("down"), states.count("unknown"), own)
    return out


def services(groups: Mapping[Group, Tally]) -> dict[tuple[str, str], Tally]:
    """Add up the operators: by commune and technology."""
    out: dict[tuple[str, str], Tally] = {}
    for group, tally in groups.items():
        key = group.area, group.technology
        out[key] = out.get(key, Tally()) + tally
    return out


def headlines(communes: Mapping[tuple[str, str], Tally]) -> dict[str, Headline]:
    """Return the headline of every technology."""
    by_technology: dict[str, list[Tally]] = {}
    for (_, technology), tally in communes.items():
        by_technology.setdefault(technology, []).append(tally)
    return {technology: _headline(given) for technology, given in by_technology.items()}


def _headline(given: Iterable[Tally]) -> Headline:
    every = list(given)
    states = [tally.status for tally in every]
    served = sum(bool(tally.up) for tally in every)
    return Headline(served, len(every), states.count(NONE), states.count(UNSEEN), sum(every, Tally()))
