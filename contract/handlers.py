"""What a connection tells its owner."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What came in."""

    topic: str
    payload: bytes
    retained: bool


@dataclass(frozen=True, slots=True)
class Handlers:
    """Called from the library's thread: they must return at once and hand the work over."""

    on_message: Callable[[Message], None]
    on_up: Callable[[], None]
    on_down: Callable[[str], None]


def guarded(handler: Callable[[], None]) -> None:
    """Call a handler. An exception in it would end the library's thread: log it, and go on."""
    try:
        handler()
    except Exception:
        log.exception("a bug in a handler of the MQTT edge; the message was ignored")
