"""Two times: that of the wall, in which devices and sensors speak, and that of the simulated province.

Both are seconds since 1970 UTC. At `began_wall` it is `began_simulated` in the province, and from then on `speed`
simulated seconds pass in each second.
"""

from datetime import datetime, timedelta, timezone
from typing import NamedTuple

VIET_NAM = timezone(timedelta(hours=7))
START = datetime.fromisoformat("2025-10-20T17:00+07:00").timestamp()  # of a demo: the busy hours are near


class Clock(NamedTuple):
    """Pure: whoever has it asks the wall."""

    began_wall: float
    began_simulated: float
    speed: float = 1.0

    def simulated(self, wall: float) -> float:
        """Return the simulated time at that time of the wall."""
        return self.began_simulated + (wall - self.began_wall) * self.speed

    def wall(self, simulated: float) -> float:
        """Return the inverse of `simulated`."""
        return self.began_wall + (simulated - self.began_simulated) / self.speed
