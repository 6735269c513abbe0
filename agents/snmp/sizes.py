"""How much to ask of a device in one request: learned from its answers."""

from dataclasses import dataclass, field
from typing import Final

_ANSWERS_TO_GROW: Final = 8
_ANSWERS_TO_DOUBT: Final = 256  # one request in so many is not much for finding out that a device takes more by now


@dataclass(slots=True)
class Size:
    """A number of objects or repetitions, at least 1, at most `limit`, which the device has set where it is below
    that of the beginning."""

    limit: int
    now: int
    _most: int = field(init=False)
    _good: int = 0
    _since_limit: int = 0

    def __post_init__(self) -> None:
        """Remember the first limit."""
        self._most = self.limit

    def too_big(self, used: int, *, for_long: bool) -> None:
        """The device cannot answer `used`: half of it from now on, and for long where it answers exactly."""
        self.now = max(1, used // 2)
        self._good = self._since_limit = 0
        if for_long:
            self.limit = self.now

    def lost(self, used: int, floor: int) -> None:
        """A request with `used` got no reply: perhaps the reply was too long for the path. Halve down to `floor`."""
        self.now = min(self.now, max(floor, used // 2))
        self._good = 0

    def answered(self) -> None:
        """A reply came: after eight in a row, a quarter more is tried; after 256, twice of what was too big once."""
        self._good += 1
        self._since_limit += 1
        if self._since_limit >= _ANSWERS_TO_DOUBT:
            self._since_limit = 0
            self.limit = min(self._most, 2 * self.limit)
        if self._good >= _ANSWERS_TO_GROW:
            self._good = 0
            self.now = min(self.limit, self.now + max(1, self.now // 4))
