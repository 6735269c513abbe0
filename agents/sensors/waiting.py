"""The bounded queue between the broker's thread and the event loop. What comes when it is full, or faster than any
sensor speaks, is let go and counted."""

import threading
from collections import Counter, deque
from dataclasses import dataclass, replace

from agents.host_clock import Stamp
from agents.sensors.sparkplug.payload import MAX_PAYLOAD  # of all formats the largest
from contract.handlers import Message

MAX_WAITING = 2_000
MAX_BYTES = 16 << 20
MAX_A_SECOND = 2_000
MAX_OF_ONE = 50  # messages of one topic in a second, so that one sensor cannot keep out the others
MAX_TOPIC = 500  # letters by which topics are told apart


@dataclass(frozen=True, slots=True)
class Heard:
    """A message and when it came."""

    message: Message
    stamp: Stamp

    @property
    def size(self) -> int:
        """Bytes of payload and letters of topic: a broker lets both be long."""
        return len(self.message.payload) + len(self.message.topic)


class Waiting:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: deque[Heard] = deque()
        self._bytes = 0
        self._second = self._taken = 0
        self._by_topic: Counter[str] = Counter()
        self.let_go = 0

    def put(self, message: Message, stamp: Stamp) -> bool:
        """Take a message, or let it go. Returns whether it is the first that waits."""
        if len(message.payload) > MAX_PAYLOAD:  # enough of it to be refused
            message = replace(message, payload=message.payload[: MAX_PAYLOAD + 1])
        heard, topic = Heard(message, stamp), message.topic[:MAX_TOPIC]
        with self._lock:
            if self._second != stamp.mono // 1000:
                self._second, self._taken = stamp.mono // 1000, 0
                self._by_topic.clear()
            full = len(self._heard) >= MAX_WAITING or self._bytes + heard.size > MAX_BYTES
            if full or self._taken >= MAX_A_SECOND or self._by_topic[topic] >= MAX_OF_ONE:
                self.let_go += 1
                return False
            self._taken += 1
            self._by_topic[topic] += 1
            self._heard.append(heard)
            self._bytes += heard.size
            return len(self._heard) == 1

    def take(self, most: int) -> list[Heard]:
        """Return up to `most` messages, in order; maybe none."""
        with self._lock:
            out = [self._heard.popleft() for _ in range(min(most, len(self._heard)))]
            self._bytes -= sum(heard.size for heard in out)
            return out
