"""The bounded queue between the broker's connection and the intake. What does not fit is let go and counted: it is on
its agent's disk, and comes again."""

import threading
from collections import Counter, deque

from contract.mqtt import Message
from contract.wire import MAX_RECORD

MAX_MESSAGES = 5_000
MAX_BYTES = 64 << 20
MAX_MESSAGE = MAX_RECORD  # nothing larger is of use here, and one such message would keep out many others
MAX_OF_ONE = 2_500  # messages of one topic, so that one agent cannot keep out the others


class Inbox:
    """Thread-safe."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque()
        self._bytes = 0
        self._by_topic: Counter[str] = Counter()
        self._ready = threading.Condition()
        self._enough = 1
        self.counts: Counter[str] = Counter()
        """What was let go, by why: too large, more than one topic's share, or the inbox was full."""

    @property
    def let_go(self) -> int:
        """How many messages were let go."""
        return self.counts.total()

    def put(self, message: Message) -> bool:
        """Take a message, or let it go when it or the inbox is too large. Never waits. Returns whether it was taken."""
        with self._ready:
            size = len(message.payload)
            if why := self._why_not(message.topic, size):
                self.counts[why] += 1
                return False
            self._messages.append(message)
            self._bytes += size
            self._by_topic[message.topic] += 1
            if len(self._messages) in (1, self._enough):
                self._ready.notify()
            return True

    def take(self, most: int, wait_s: float, linger_s: float = 0.0) -> list[Message]:
        """Return up to `most` messages, in order, after at most `wait_s` seconds; maybe none. When there are fewer,
        others have `linger_s` to join them, since a group costs little more than a message."""
        with self._ready:
            self._enough = most
            if not self._messages:
                self._ready.wait(wait_s)
            if linger_s and 0 < len(self._messages) < most:
                self._ready.wait_for(lambda: len(self._messages) >= most, linger_s)
            out = [self._messages.popleft() for _ in range(min(most, len(self._messages)))]
            for message in out:
                self._bytes -= len(message.payload)
                self._by_topic[message.topic] -= 1
            self._by_topic = +self._by_topic
            return out

    def __len__(self) -> int:
        return len(self._messages)

    def _why_not(self, topic: str, size: int) -> str:
        if size > MAX_MESSAGE:
            return "too large"
        if self._by_topic[topic] >= MAX_OF_ONE:
            return "share"
        return "full" if len(self._messages) >= MAX_MESSAGES or self._bytes + size > MAX_BYTES else ""
