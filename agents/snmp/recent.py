"""The requests that ended lately: tells a late or doubled reply from a foreign one."""


class Recent:
    """Request ids and whether they were answered, the newest `limit` of them."""

    def __init__(self, limit: int = 4096) -> None:
        self._limit = limit
        self._answered: dict[int, bool] = {}

    def add(self, number: int, *, answered: bool) -> None:
        """Remember how this request ended."""
        self._answered.pop(number, None)
        self._answered[number] = answered
        if len(self._answered) > self._limit:
            del self._answered[next(iter(self._answered))]

    def answered(self, number: int) -> bool | None:
        """Return how it ended; None when it is not known, or no more."""
        return self._answered.get(number)
