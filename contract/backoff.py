"""How long to wait before the next attempt to connect."""

import random

MAX_DELAY_S = 2.5  # two ends wait for a broker, and what comes new is to be readable 5 s after its return


def backoff(attempt: int) -> float:
    """Return a full-jitter delay in seconds for the attempt, counted from 0."""
    return random.uniform(0, min(MAX_DELAY_S, 0.5 * 2 ** min(attempt, 10)))  # noqa: S311  # jitter, not a secret
