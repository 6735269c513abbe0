"""What is wrong with what agents send, said in the log at most once a minute for each agent and kind of trouble."""

import logging
import time

from contract.printable import printable

log = logging.getLogger(__name__)

EVERY_S = 60.0
MAX_KINDS = 1_000  # a bound, not a measure


class Complaints:
    """Not thread-safe."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], float] = {}

    def say(self, agent: str, what: str) -> None:
        """Say a thing, unless it was said just now."""
        now = time.monotonic()
        key = (agent, what[:60])
        if now - self._said.get(key, -EVERY_S) >= EVERY_S:
            if len(self._said) > MAX_KINDS:
                self._said.clear()
            self._said[key] = now
            log.error("%s%s", f"agent {agent}: " if agent else "", printable(what))
