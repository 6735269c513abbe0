"""The weather of Cà Mau as functions of time: months, hours, tides. Times are seconds since 1970 UTC, hours local ones.

Rain falls from May to November, most in the evening; thunder from April to November in the afternoon; the sea is high
around new and full moon, over the land from September to January.
"""

from datetime import UTC, datetime, timedelta
from math import cos, tau

LOCAL_S = 7 * 3600  # Asia/Ho_Chi_Minh, without summer time
HOUR_S, DAY_S = 3600.0, 86_400.0
YEAR_S = 365.25 * DAY_S
_NEW_MOON = datetime(2000, 1, 6, 18, 14, tzinfo=UTC).timestamp()
_MONTH_S = 29.530588853 * DAY_S  # from new moon to new moon
_RAIN = (0.0, 0.0, 0.05, 0.2, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 0.6, 0.1)  # by month, 1 is most
_THUNDER = (0.0, 0.0, 0.1, 0.6, 1.0, 0.9, 0.8, 0.8, 0.8, 0.7, 0.4, 0.0)
_SEA = (0.6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.4, 1.0, 1.0, 0.9)
_STORM = (0.1, 0.0, 0.0, 0.1, 0.3, 0.8, 1.0, 0.8, 0.7, 0.8, 1.0, 0.5)
_HIGH_WATER_H = (1.0, 13.0)  # about, at spring tide


def hour(time: float) -> float:
    """Return the hour of the day, 0 to 24."""
    return (time + LOCAL_S) % DAY_S / HOUR_S


def rain(time: float) -> float:
    """Return how much rain is to be expected, 0 to 1."""
    return _of_month(_RAIN, time) * (1.0 if 15 <= hour(time) < 22 else 0.25)


def thunder(time: float) -> float:
    """Return how much lightning is to be expected, 0 to 1."""
    return _of_month(_THUNDER, time) * (1.0 if 14 <= hour(time) < 20 else 0.05)


def gale(time: float) -> float:
    """Return how likely a day of storm is, 0 to 1."""
    return _of_month(_STORM, time)


def working(time: float) -> float:
    """Return 1 in working hours, when people dig, visit and switch off what is planned, and little else."""
    return 1.0 if 7 <= hour(time) < 17 else 0.1


def sea(time: float) -> float:
    """Return how high the sea stands at the next high water, 0 to 1: over 0.6 it comes over low land."""
    age = (time - _NEW_MOON) % _MONTH_S / _MONTH_S
    return _of_month(_SEA, time) * (0.5 + 0.5 * cos(2 * tau * age))


def high_waters(start: float) -> "list[float]":
    """Return the high waters of the local day in which `start` is."""
    midnight = start - (start + LOCAL_S) % DAY_S
    return [midnight + at * HOUR_S for at in _HIGH_WATER_H]


def _of_month(table: tuple[float, ...], time: float) -> float:
    return table[(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time + LOCAL_S)).month - 1]
