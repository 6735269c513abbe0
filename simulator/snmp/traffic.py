"""Traffic of a port as a pure function of its seed and the time, and the counters that it leaves behind.

A curve is a mean with two waves, one of a day and one of minutes, so that both a year and a demo look alive. Its
integral is a formula: a counter read once a day costs as much as one read ten times a second.
"""

from math import cos, tau
from random import Random
from typing import NamedTuple

TICKS = 100  # in a second
_DAY = 86_400 * TICKS
_DAILY = tau / _DAY


class Curve:
    """Octets over time: the rate is never below zero and never above `speed_bps`."""

    def __init__(self, random: Random, speed_bps: int, origin: int) -> None:
        """`origin`: ticks near the times asked for, so that floats count single octets for years."""
        self._origin = origin
        self._mean = speed_bps / 8 * random.uniform(0.02, 0.55) / TICKS  # octets per tick
        self._day = random.uniform(0.1, 0.4) * self._mean * _DAY / tau
        self._day_phase = tau * random.uniform(0.5, 0.6)
        period = random.randrange(60, 600) * TICKS
        self._pulse = tau / period
        self._minutes = random.uniform(0.1, 0.4) * self._mean * period / tau
        self._minutes_phase = random.uniform(0, tau)

    def passed(self, ticks: int) -> float:
        """Return how many octets passed until that time, but for a constant; it only grows."""
        return (
            self._mean * (ticks - self._origin)
            - self._day * cos(_DAILY * ticks + self._day_phase)
            - self._minutes * cos(self._pulse * ticks + self._minutes_phase)
        )


class Row(NamedTuple):
    """What a port says at one time; counters do not wrap here."""

    oper_status: int
    last_change: int
    in_octets: int
    in_ucast: int
    in_discards: int
    in_errors: int
    out_octets: int
    out_ucast: int
    out_discards: int
    out_errors: int


UP, DOWN = 1, 2  # ifOperStatus (RFC 2863)


class Port:
    """A port's counters since the device started, at `boot` ticks. Times must not go back."""

    def __init__(self, random: Random, speed_bps: int, boot: int) -> None:
        self._in, self._out = Curve(random, speed_bps, boot), Curve(random, speed_bps, boot)
        self._octets_per_packet = random.randrange(300, 900)
        self._packets_per_error = random.randrange(200_000, 5_000_000)
        self.restart(boot)

    def restart(self, boot: int) -> None:
        """Start anew: up, all counters at zero."""
        self._boot = boot
        self._hold(boot, (0, 0), up=True)

    def switch(self, ticks: int, *, up: bool) -> None:
        """Take the link up or down; nothing passes while it is down."""
        if up != self._up:
            self._hold(ticks, self._octets(ticks), up=up)

    def _hold(self, ticks: int, octets: tuple[int, int], *, up: bool) -> None:
        """Go on from `octets` in and out."""
        self._since, self._held, self._up = ticks, octets, up
        self._start = (self._in.passed(ticks), self._out.passed(ticks))
        self._last: tuple[int, Row] | None = None

    def read(self, ticks: int) -> Row:
        """Return the values at that time; one time is worked out once."""
        if self._last is None or self._last[0] != ticks:
            self._last = (ticks, self._row(ticks))
        return self._last[1]

    def _octets(self, ticks: int) -> tuple[int, int]:
        if not self._up or ticks <= self._since:
            return self._held
        (inward, outward), (start_in, start_out) = self._held, self._start
        return inward + int(self._in.passed(ticks) - start_in), outward + int(self._out.passed(ticks) - start_out)

    def _row(self, ticks: int) -> Row:
        inward, outward = self._octets(ticks)
        packets_in, packets_out = inward // self._octets_per_packet, outward // self._octets_per_packet
        errors_in, errors_out = packets_in // self._packets_per_error, packets_out // self._packets_per_error
        status = UP if self._up else DOWN
        changed = self._since - self._boot
        return Row(
            status,
            changed,
            inward,
            packets_in,
            errors_in // 2,
            errors_in,
            outward,
            packets_out,
            errors_out * 3,
            errors_out,
        )
