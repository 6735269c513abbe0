"""How busy the network is by hour and day, and how much of it has passed: what all traffic is a share of.

The wave follows simulated time, the octets are counted by the wall clock: with a day in an hour a port is no faster,
but has its busy hour within the hour.
"""

from itertools import accumulate

TICKS = 100  # in a second
HOUR_S = 3600
_LOCAL_S = 7 * HOUR_S  # Việt Nam
_MONDAY_S = 4 * 24 * HOUR_S  # the first after 1970-01-01, a Thursday
_WEEKEND = 0.85  # offices are closed
# The share of the busiest hour, at each full hour of a working day; the busy hours are 19 to 22.
_DAY = (
    *(0.50, 0.38, 0.30, 0.26, 0.25, 0.28, 0.36, 0.46, 0.56, 0.62, 0.64, 0.66),
    *(0.62, 0.58, 0.60, 0.63, 0.66, 0.72, 0.84, 0.96, 1.00, 0.98, 0.88, 0.68),
)
_HOURS = tuple(share * (_WEEKEND if day >= 5 else 1.0) for day in range(7) for share in _DAY)
_PAIRS = tuple(zip(_HOURS, (*_HOURS[1:], _HOURS[0]), strict=True))
_SUMS = (0.0, *accumulate(HOUR_S * (one + other) / 2 for one, other in _PAIRS))
_WEEK_S = 7 * 24 * HOUR_S
LEAST = min(_HOURS)


class Week:
    """The wave over the ticks of the wall clock: at `began` it is `start`, in simulated seconds since 1970, and from
    then on `speed` simulated seconds pass in each."""

    def __init__(self, began: int, start: float, speed: float = 1.0) -> None:
        self.began, self._start, self._speed = began, start, speed
        local = start + _LOCAL_S - _MONDAY_S
        self._into = local % _WEEK_S  # a Monday, 0 h: small numbers, so that floats count single octets
        self._last: tuple[float, float] = (began, self._sum(began))

    def simulated(self, ticks: int) -> float:
        """Return simulated seconds since 1970."""
        return self._start + (ticks - self.began) / TICKS * self._speed

    def busy(self, ticks: int) -> float:
        """Return the share of the busiest hour, above 0 and at most 1."""
        hour, part = divmod((self._into + (ticks - self.began) / TICKS * self._speed) / HOUR_S, 1.0)
        one, other = _PAIRS[int(hour) % len(_PAIRS)]
        return one + (other - one) * part

    def passed(self, ticks: float) -> float:
        """Return the integral of `busy` in ticks, but for a constant; one time is worked out once."""
        if self._last[0] != ticks:
            self._last = (ticks, self._sum(ticks))
        return self._last[1]

    def _sum(self, ticks: float) -> float:
        weeks, rest = divmod(self._into + (ticks - self.began) / TICKS * self._speed, _WEEK_S)
        hour, part = divmod(rest / HOUR_S, 1.0)
        place = min(int(hour), len(_PAIRS) - 1)
        one, other = _PAIRS[place]
        seconds = weeks * _SUMS[-1] + _SUMS[place] + HOUR_S * part * (one + (other - one) * part / 2)
        return seconds * TICKS / self._speed
