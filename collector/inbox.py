"""The bounded queue between the broker's connection and the intake. What does not fit is let go and counted: it is on
its agent's disk, and comes again."""

import threading
from collections import deque

from contract.mqtt import Message

MAX_MESSAGES = 5_000
MAX_BYTES = 64 << 20


class Inbox:
    """Thread-safe."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque()
        self._bytes = 0
        self._ready = threading.Condition()
        self.let_go = 0

    def put(self, message: Message) -> None:
        """Take a message, or let it go when the inbox is full. Never waits."""
        with self._ready:
            size = len(message.payload)
            if len(self._messages) >= MAX_MESSAGES or self._bytes + size > MAX_BYTES:
                self.let_go += 1
                return
            self._messages.append(message)
            self._bytes += size
            self._ready.notify()

    def take(self, most: int, wait_s: float) -> list[Message]:
        """Return up to `most` messages, in order, after at most `wait_s` seconds; maybe none."""
        with self._ready:
            if not self._messages:
                self._ready.wait(wait_s)
            out = [self._messages.popleft() for _ in range(min(most, len(self._messages)))]
            self._bytes -= sum(len(message.payload) for message in out)
            return out
