"""What a connection tells its owner."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What came in, and when by this host's clock, ms since 1970 UTC: it may wait long before it is looked at."""

    topic: str
    payload: bytes
    retained: bool
    came_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000, compare=False)


@dataclass(slots=True)
class EdgeCounts:
    """What became of the connections and messages of one owner, since the start."""

    connects: int = 0
    not_taken: int = 0
    """Messages that were not connected, or found the window full: their owner has them still."""
    ignored: int = 0
    """Messages that came and were too large, or whose topic is no text."""
    bugs: int = 0


@dataclass(frozen=True, slots=True)
class Handlers:
    """Called from the library's thread: they must return at once and hand the work over."""

    on_message: Callable[[Message], None]
    on_up: Callable[[], None]
    on_down: Callable[[str], None]


def guarded(handler: Callable[[], None], counts: EdgeCounts) -> None:
    """Call a handler. An exception in it would end the library's thread: log and count it, and go on."""
    try:
        handler()
    except Exception:
        counts.bugs += 1
        log.exception("a bug in a handler of the MQTT edge; the message was ignored")
