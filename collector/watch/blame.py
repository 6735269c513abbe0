"""Which dead device cuts others off from their agents, at one moment. Pure.

What cannot be seen is no proof: a way through it may be open as long as something behind it may be. What another agent
polls may be alive where that agent stands and out of reach from here, or the other way round: it counts only when it is
dead of itself.
"""

from collections.abc import Callable

from collector.watch.topology import Topology

Answers = Callable[[str], str | None]  # how a device answers now: up, down or unclear; None: it cannot be seen


class Blame:
    """Good for one moment: it remembers what it has found."""

    def __init__(self, topology: Topology, answer: Answers) -> None:
        self._topology, self._answer = topology, answer
        self._known: dict[tuple[str, str], str | None] = {}  # agent and device: who cuts it off
        self._dead: dict[str, bool] = {}  # of itself

    def behind(self, device: str) -> str | None:
        """Return the dead device that cuts this one, which does not answer, off from its agent; None when the fault is
        its own. Where several in a row are dead it is the one nearest to the agent."""
        agent = self._topology.agent_of[device]
        hops = self._topology.hops(agent)
        row: list[tuple[str, str]] = []
        at = agent, device
        while at not in self._known:
            dead = self._dead_around(at[1], agent, lambda way: self._seen_from(agent, way))
            if not dead:
                self._known[at] = None
                break
            row.append(at)
            at = agent, min(dead, key=lambda one: (hops.get(one, len(hops)), one))
        self._known.update(dict.fromkeys(row, self._known[at] or at[1]))
        return self._known[agent, device]

    def cuts_off(self, device: str) -> bool:
        """Whether a dead device cuts off one beside it, which does not answer."""
        beside = self._topology.neighbours.get(device, ())
        return any(self._answer(one) == "down" and self.behind(one) == device for one in beside)

    def _seen_from(self, agent: str, way: str) -> str | None:
        """Return how a device answers, as far as that tells an agent of its own ways."""
        other = self._topology.agent_of[way]
        if other == agent:
            return self._answer(way)
        if way not in self._dead:

            def alone(one: str) -> str | None:
                return self._answer(one) if self._topology.agent_of[one] == other else None

            self._dead[way] = self._answer(way) == "down" and not self._dead_around(way, other, alone)
        return "down" if self._dead[way] else None

    def _dead_around(self, device: str, agent: str, answer: Answers) -> set[str]:
        """Return the dead devices at which all ways to a device end, on the way back from it to its agent; none when
        one of the ways may be open."""
        dead: set[str] = set()
        met, todo = {device}, list(self._topology.ways(device, agent))
        while todo:
            way = todo.pop()
            if way in met:
                continue
            met.add(way)
            said = answer(way)
            if said == "down":
                dead.add(way)
            elif said is not None or way in self._topology.roots[agent]:
                return set()
            else:
                todo += self._topology.neighbours[way]
        return dead
