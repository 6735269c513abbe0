"""What the watcher commits together."""

from dataclasses import dataclass, field

from collector.intake import Judged
from contract.messages import Numbers


@dataclass(slots=True)
class Group:
    """Batches and heartbeats, in the order in which they came."""

    batches: list[Judged] = field(default_factory=list)
    beats: list[tuple[str, Numbers]] = field(default_factory=list)
    fresh: list[tuple[str, Numbers]] = field(default_factory=list)
    """The beats that were said just now: a retained one is of any time."""
    weight: int = 0

    def singles(self) -> "list[Group]":
        """Return a group for each of it; none when it is one already."""
        if len(self.batches) + len(self.beats) < 2:
            return []
        beats = [Group([], [beat], [beat] if beat in self.fresh else []) for beat in self.beats]
        return [Group([one]) for one in self.batches] + beats
