"""What an agent's clock said while it was wrong, put right or held. Pure but for the memory of what agents said.

An agent says of each of its processes, in the heartbeat, one *anchor*: a moment by its monotonic clock at which its
time was right. It is chosen once and for ever on the agent's disk, so that a batch has the same time whenever it comes:
also again, also to a collector with an empty state. What was stamped before the anchor is put right by it. Until there
is one, a batch whose clock was off by our own is held, unless the agent's kernel vouches for it.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from contract.batch import Batch
from contract.catalog import UnknownError
from contract.messages import Anchor, Numbers, boot_text

BELIEVED_MS = 600_000  # an error that is no reason to hold a batch
MENDED_MS = BELIEVED_MS + 60_000  # more, by what we may misjudge: what was believed once must never be put right later
BEATS = 3  # of which the one that was on its way shortest says how the clocks compare
MAX_BOOTS = 2_000  # of one agent


@dataclass(frozen=True, slots=True)
class Clock:
    """What is known of the clock of one process of an agent. `beats`: our time less its monotonic clock at its last
    heartbeats, ms."""

    anchor: Anchor | None = None
    beats: tuple[int, ...] = ()


UNKNOWN = Clock()


def settled(batch: Batch, clock: Clock) -> Batch:
    """Return the batch with the time that it has for ever.

    Raises:
        UnknownError: it is not known yet.
    """
    if not batch.mono:  # its time is not of the agent's clock
        return batch
    if clock.anchor is not None and batch.mono < clock.anchor[0]:
        right = clock.anchor[1] + batch.mono - clock.anchor[0]
        return batch if abs(right - batch.time) <= MENDED_MS else batch.model_copy(update={"time": right})
    if clock.beats and not batch.synced:
        ahead = batch.time - batch.mono - min(clock.beats)
        if abs(ahead) > BELIEVED_MS:
            raise UnknownError(
                f"the clock of the agent was {abs(ahead) // 1000} s {'ahead' if ahead > 0 else 'behind'} and not "
                "synchronised: once it is, this is put right"
            )
    return batch


class Clocks:
    """Not thread-safe: the watcher's. `counts` has `anchors_refused`: another one for a process that has one."""

    def __init__(self, known: Iterable[tuple[str, str, Clock]] = ()) -> None:
        """`known` are agent, boot and clock of what was heard before, the oldest first: their anchors stand."""
        self._known: dict[str, dict[str, Clock]] = {}
        self.counts: Counter[str] = Counter()
        for agent, boot, clock in known:
            self._known.setdefault(agent, {})[boot] = clock

    def hear(self, agent: str, numbers: Numbers, now_ms: int, *, fresh: bool = True) -> str:
        """Take a heartbeat, at any time, in any order and any number of times; return what is wrong with it, if
        anything is. One that is not `fresh` is of any time: it says how the clocks compare where nothing else does."""
        wrong = self._anchor(agent, numbers)
        known = self._known[agent]
        if numbers.mono is not None:
            own, difference = known.get(numbers.boot, UNKNOWN), now_ms - numbers.mono
            beats = own.beats if difference in own.beats else tuple(deque((*own.beats, difference), BEATS))
            here = [boot for boot, said in numbers.boots.items() if said.same_host]
            for boot in {numbers.boot, *here}:
                before = known.get(boot, UNKNOWN)
                if fresh or not before.beats:
                    known[boot] = replace(before, beats=beats)
        while len(known) > MAX_BOOTS:
            del known[next(iter(known))]
        return wrong

    def believes(self, agent: str, numbers: Numbers) -> bool:
        """Whether the clock of an agent, whose heartbeat was heard, is such that what it stamps now is not held."""
        beats = self._known.get(agent, {}).get(numbers.boot, UNKNOWN).beats
        if numbers.mono is None or not beats:
            return True
        ahead = numbers.time - numbers.mono - min(beats)
        return ahead <= BELIEVED_MS and (numbers.synced or ahead >= -BELIEVED_MS)

    def of(self, agent: str, boot: int) -> Clock:
        """Return what is known of the clock of one process."""
        return self._known.get(agent, {}).get(boot_text(boot), UNKNOWN)

    def named(self, agent: str, numbers: Numbers) -> dict[str, Clock]:
        """Return what is known of the clocks of the processes that a heartbeat names, by boot."""
        known = self._known.get(agent, {})
        return {boot: known[boot] for boot in (numbers.boot, *numbers.boots) if boot in known}

    def _anchor(self, agent: str, numbers: Numbers) -> str:
        known, wrong = self._known.setdefault(agent, {}), ""
        for boot, said in numbers.boots.items():
            before = known.get(boot, UNKNOWN)
            if said.anchor is None or said.anchor == before.anchor:
                continue
            if before.anchor is None:
                known[boot] = replace(before, anchor=said.anchor)
            else:
                self.counts["anchors_refused"] += 1
                wrong = f"it says another time of its clock for boot {boot} than before: the first one stands"
        return wrong
