"""What an assignment says of cells, ready for performance files: which objects are ours, and which counters count."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.pm.kpi import Recipe, recipes
from agents.pm.names import plain
from contract.messages import AssignedCell, Assignment
from contract.pm import PERIOD, SUSPECT, Counters, parse_counters
from contract.printable import printable


@dataclass(frozen=True, slots=True)
class Plan:
    """`cells` are by plain key, `recipes` by technology; `names` and `beginnings` are those of the counters that they
    read. `troubles` say, for the log, which cells cannot be read."""

    assignment: str
    cells: Mapping[str, AssignedCell] = field(default_factory=dict)
    recipes: Mapping[str, tuple[Recipe, ...]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()

    def wants(self, counter: str) -> bool:
        """Whether a counter is read for any technology."""
        return counter in self.names or counter.startswith(self.beginnings)


def plan(assignment: Assignment) -> Plan:
    """Return the plan of an assignment.

    Raises:
        ConfigError: counters of it cannot be read.
    """
    return plan_of(assignment.id, assignment.cells, parse_counters(assignment.counters))


def plan_of(assignment: str, cells: list[AssignedCell], files: Mapping[str, Counters]) -> Plan:
    """Return the plan of some cells with the files of counters by name."""
    by_technology: dict[str, Counters] = {name: one for one in files.values() for name in one.technologies}
    known: dict[str, AssignedCell] = {}
    troubles = []
    lacking = Counter(cell.technology for cell in cells if cell.technology not in by_technology)
    for technology, count in lacking.items():
        troubles.append(f"{count} cells are not read: the assignment has no counters of {printable(technology)}")
    for cell in cells:
        key = plain(cell.key)
        if cell.technology in lacking:
            continue
        if not key or key in known:
            troubles.append(f"{cell.id} is not read: its key {cell.key!a} names nothing, or another cell too")
        else:
            known[key] = cell
    terms = {
        term
        for one in by_technology.values()
        for table in one.tables
        for sources in table.fields.values()
        for source in sources
        for term in source.counters
    }
    names = frozenset(term.name for term in terms if not term.every) - {PERIOD, SUSPECT}
    beginnings = tuple(sorted(term.name for term in terms if term.every))
    ready = {technology: recipes(one) for technology, one in by_technology.items()}
    return Plan(assignment, known, ready, names, beginnings, tuple(troubles))
