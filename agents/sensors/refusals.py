"""How many refused messages become batches: a sensor that speaks wrongly for a year must not fill the dead letters."""

EVERY_S = 60.0
MAX_TOPICS = 100


class Refusals:
    """Not thread-safe."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def admit(self, topic: str, now: float) -> bool:
        """Whether a refused message becomes a batch: one of a topic in a minute, and of so many topics. `now` is in
        seconds of a monotonic clock."""
        if topic in self._last and now - self._last[topic] < EVERY_S:
            return False
        if topic not in self._last and len(self._last) >= MAX_TOPICS:
            self._last = {name: at for name, at in self._last.items() if now - at < EVERY_S}
            if len(self._last) >= MAX_TOPICS:
                return False
        self._last[topic] = now
        return True
