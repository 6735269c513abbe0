"""Why a datagram is no notification for us. Each reason is counted by its name."""

from typing import Final, Literal, get_args

Reason = Literal[
    "unknown_device",
    "ambiguous_device",
    "busy",
    "too_large",
    "undecodable",
    "no_notification",
    "version",
    "community",
    "user",
    "level",
    "auth",
    "engines",
    "time_window",
]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)


class RefusedError(Exception):
    """A datagram is refused; the text says more, and names no secret."""

    def __init__(self, reason: Reason, text: str = "") -> None:
        super().__init__(text)
        self.reason: Reason = reason
