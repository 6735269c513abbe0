"""The authoritative engine of a device: its id, how often it started, and its clock (RFC 3414 sections 2.2 and 2.3)."""

from typing import Final

from agents.snmp.errors import AuthError

TIME_WINDOW_S: Final = 150
MAX_NUMBER: Final = 0x7FFF_FFFF
"""Where boots end for ever, and the clock starts again with boots one higher (RFC 3414 section 2.2.2)."""


class Engine:
    """What is known of one engine. Until an authentic message has proven them, boots and time are a guess."""

    def __init__(self, engine_id: bytes, boots: int, time: int, now: float) -> None:
        """`boots` and `time` as the device says them; `now` in seconds of our monotonic clock."""
        self.id = engine_id
        self.proven = False
        self._boots = boots
        self._time = time  # latestReceivedEngineTime, once proven
        self._heard = now

    def clock(self, now: float) -> tuple[int, int]:
        """Return its boots and its time, in seconds, as they should be now."""
        return self._boots, min(self._time + int(now - self._heard), MAX_NUMBER)

    def hear(self, boots: int, time: int, now: float) -> None:
        """Follow the boots and the time of an authentic message (RFC 3414 section 3.2, step 7b).

        Raises AuthError outside the time window: this is an old message, sent again by somebody, or a device that has
        lost its memory, as many do that do not count their boots. Only the second is still so when it answers the next
        question, whose msgID nobody could know before; so the next authentic message is believed.
        """
        if boots == MAX_NUMBER:
            raise AuthError("its engine has used up its boots: give it a new engine id or new passwords")
        if not self.proven or boots > self._boots or (boots == self._boots and time > self._time):
            self._boots, self._time, self._heard, self.proven = boots, time, now, True
            return
        expected = self.clock(now)[1]
        if boots == self._boots and time >= expected - TIME_WINDOW_S:
            return
        self.proven = False
        went_back = f"its boots went back from {self._boots} to {boots}"
        behind = f"its engine's time is {expected - time} s behind within the same boots"
        raise AuthError(
            f"{behind if boots == self._boots else went_back}: an old message, or a device that restarted without "
            f"counting it, which is believed when it answers the next poll"
        )
