"""What was handed to a connection and is not acknowledged yet, bounded in messages and in bytes."""

from collections import deque
from typing import Protocol


class Sent(Protocol):
    """A message on its way."""

    def is_published(self) -> bool:
        """Whether it has arrived."""
        ...


class Window:
    """Not thread-safe. Acknowledgements come in order; one that does not only counts until those before it do."""

    def __init__(self, messages: int, size: int) -> None:
        """Bound the number of messages, and the sum of their bytes unless one alone is larger."""
        self._messages, self._size = messages, size
        self._waiting: deque[tuple[Sent, int]] = deque()
        self._bytes = 0

    def has_room(self, size: int) -> bool:
        """Whether a message of `size` bytes may go now."""
        while self._waiting and self._waiting[0][0].is_published():
            self._bytes -= self._waiting.popleft()[1]
        if not self._waiting:
            return True
        return len(self._waiting) < self._messages and self._bytes + size <= self._size

    def add(self, sent: Sent, size: int) -> None:
        """Note a message that was taken."""
        self._waiting.append((sent, size))
        self._bytes += size
