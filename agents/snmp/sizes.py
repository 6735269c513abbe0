"""How much to ask of a device in one request: learned from its answers."""

from dataclasses import dataclass
from typing import Final

_ANSWERS_TO_GROW: Final = 8


@dataclass(slots=True)
class Size:
    """A number of objects or repetitions, at least 1, at most `limit`."""

    limit: int
    now: int
    _good: int = 0

    def too_big(self, used: int, *, for_ever: bool) -> None:
        """The device cannot answer `used`: half of it from now on, and for ever where it answers exactly."""
        self.now = max(1, used // 2)
        self._good = 0
        if for_ever:
            self.limit = self.now

    def lost(self, used: int, floor: int) -> None:
        """A request with `used` got no reply: perhaps the reply was too long for the path. Halve down to `floor`."""
        self.now = min(self.now, max(floor, used // 2))
        self._good = 0

    def answered(self) -> None:
        """A reply came: after eight in a row, a quarter more is tried."""
        self._good += 1
        if self._good >= _ANSWERS_TO_GROW:
            self._good = 0
            self.now = min(self.limit, self.now + max(1, self.now // 4))
