"""What passes over a link, both ways: one object that the ports at its two ends share, so that what one has sent the
other has received. A customer's port is a link that has its other end elsewhere.

A curve is a share of the network's wave with a wave of minutes upon it. Its integral is a formula: a counter read once
a day costs as much as one read ten times a second.
"""

from math import cos, inf, tau
from random import Random

from simulator.snmp.week import LEAST, TICKS, Week

_RESTLESS = LEAST / 2  # the wave of minutes, as a share of the busiest hour: it never takes all that there is
MOST = 1 / (1 + _RESTLESS)  # the largest peak of a link, as a share of its speed
Octets = tuple[int, int]


class Flow:
    """Octets from end 0 to end 1 and back. Commands must come in the order of time, and questions after them."""

    __slots__ = (
        *("_back", "_blocks", "_forth", "_from", "_held", "_mark", "_phase", "_pulse", "_share", "_since", "_swing"),
        "_week",
    )

    def __init__(self, random: Random, week: Week, forth_bps: float, back_bps: float) -> None:
        """The rates are those of the busiest hour, at most `MOST` of the speed."""
        self._week = week
        self._forth, self._back = forth_bps / 8 / TICKS, back_bps / 8 / TICKS
        self._pulse = tau / (random.randrange(60, 600) * TICKS)
        self._phase = random.uniform(0, tau)
        self._swing = _RESTLESS / self._pulse
        self._share = 1.0
        self._blocks: dict[str, float] | None = None
        self._held: Octets = (0, 0)
        self._since, self._from = week.began, -inf
        self._mark = 0.0

    def state(self, ticks: int) -> tuple[bool, float]:
        """Return whether anything passes, and since when that is so."""
        return (True, self._from) if ticks >= self._from else (False, self._since)

    def block(self, who: str, ticks: int, until: float = inf) -> None:
        """Let nothing pass for a reason that goes under that name, until then or until it is gone."""
        was_up, _ = self.state(ticks)
        self._hold(ticks)
        self._blocks = {**(self._blocks or {}), who: until}
        if was_up:
            self._since = ticks
        self._go_on(ticks)

    def free(self, who: str, ticks: int) -> None:
        """Let the reason of that name be gone."""
        if self._blocks and who in self._blocks:
            self._hold(ticks)
            del self._blocks[who]
            self._go_on(ticks)

    def carry(self, ticks: int, forth_bps: float, back_bps: float) -> None:
        """Let other rates be those of the busiest hour."""
        forth, back = forth_bps / 8 / TICKS, back_bps / 8 / TICKS
        if (forth, back) != (self._forth, self._back):
            self._hold(ticks)
            self._forth, self._back = forth, back
            self._resume(ticks)

    def throttle(self, ticks: int, share: float) -> None:
        """Let so much pass of what would, from 0 to 1."""
        self._hold(ticks)
        self._share = share
        self._resume(ticks)

    def passed(self, ticks: int) -> Octets:
        """Return how many octets have passed until that time, but for a constant; they only grow."""
        if ticks < self._from:
            return self._held
        forth, back = self._held
        wave = self._share * (self._wave(ticks) - self._mark)
        return forth + int(self._forth * wave), back + int(self._back * wave)

    def _hold(self, ticks: int) -> None:
        self._held = self.passed(ticks)

    def _go_on(self, ticks: int) -> None:
        """Find out until when nothing passes: it may have been up before, and then stays so since."""
        longest = max((self._blocks or {}).values(), default=-inf)
        if longest > ticks or self._from > ticks:
            self._from = max(longest, ticks)
        self._resume(ticks)

    def _resume(self, ticks: int) -> None:
        self._mark = self._wave(max(ticks, self._from)) if self._from < inf else 0.0

    def _wave(self, ticks: float) -> float:
        week = self._week
        return week.passed(ticks) - self._swing * cos(self._pulse * (ticks - week.began) + self._phase)
