"""What one source may send: a bucket of tokens for each, so that a mad one takes nothing from the others. Pure."""

from collections import Counter

REPORT_S = 60.0
OCTETS = 500
"""Of a datagram that counts as one."""


class Guard:
    """Times are in seconds of a monotonic clock. Sources are those of the assignment and of the file, so there is a
    bound on them; one whose bucket is full again is not remembered."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s, self._burst = per_s, float(burst)
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens at a time
        self._let_go: Counter[str] = Counter()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._buckets)

    def admit(self, source: str, now: float, octets: int = 0) -> bool:
        """Whether a datagram of this source is read; a large one counts as several."""
        cost = max(1.0, octets / OCTETS)
        tokens, at = self._buckets.get(source, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._per_s)
        if tokens < cost:
            self._buckets[source] = tokens, now
            self._let_go[source] += 1
            self.dropped += 1
            return False
        self._buckets[source] = tokens - cost, now
        return True

    def let_go(self, now: float) -> dict[str, int]:
        """Return what was let go of each source since it was asked last; call it every REPORT_S."""
        full_s = self._burst / self._per_s
        self._buckets = {source: bucket for source, bucket in self._buckets.items() if now - bucket[1] < full_s}
        found, self._let_go = dict(self._let_go), Counter()
        return found
