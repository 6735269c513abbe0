"""What time it is, as far as this host can know: the kernel's clock, and whether that is synchronised (adjtimex(2))."""

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass

_TIMEX_BYTES = 208
_STATUS_AT = 5 * ctypes.sizeof(ctypes.c_long)  # after modes (padded), offset, freq, maxerror, esterror
_STA_UNSYNC = 0x0040
_TIME_ERROR = 5
_LIBC = ctypes.CDLL(None, use_errno=True)

STEPPED_MS = 2_000
AT_ONCE_MS = 20  # within which both clocks are read
TRIES = 3
FIRST_MS = 1_577_836_800_000  # 2020: no clock that says an earlier time is right, whoever vouches for it


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment. `time`: ms since 1970 UTC; `mono`: ms since the start of the host, also while it slept; `synced`:
    whether the host's clock is synchronised."""

    time: int
    mono: int
    synced: bool


def is_synchronised() -> bool:
    """Return False when the kernel says that the clock is not synchronised, or does not say."""
    if not hasattr(_LIBC, "adjtimex"):
        return False
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    state = _LIBC.adjtimex(timex)
    status = ctypes.c_int.from_buffer(timex, _STATUS_AT).value
    return 0 <= state < _TIME_ERROR and not status & _STA_UNSYNC


def wall_ms() -> int:
    """Return the host's time, ms since 1970 UTC."""
    return time.time_ns() // 1_000_000


def mono_ms() -> int:
    """Return the ms since the host was started (CLOCK_BOOTTIME): no step of its clock changes them."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


class HostClock:
    """Stamps what is read. Thread-safe. A step of the host's clock while nobody vouches for it (the kernel calls a
    clock that was set not synchronised) is not followed once the right time was known: time goes on from there."""

    def __init__(
        self,
        wall: Callable[[], int] = wall_ms,
        mono: Callable[[], int] = mono_ms,
        is_synchronised: Callable[[], bool] = is_synchronised,
    ) -> None:
        self._wall, self._mono, self._is_synchronised = wall, mono, is_synchronised
        self._offset: int | None = None
        self.vouched: Stamp | None = None
        """The newest moment at which the host's clock was synchronised."""

    def recall(self, offset: int) -> None:
        """Take the difference between time and `mono` that was right when an earlier process looked."""
        self._offset = offset

    def now(self) -> Stamp:
        """Return the present moment."""
        for _ in range(TRIES):
            mono, before = self._mono(), self._is_synchronised()
            time = self._wall()
            # Asked twice: it may be set, or become right, between the two readings.
            synced = before and self._is_synchronised() and time >= FIRST_MS
            if at_once := self._mono() - mono <= AT_ONCE_MS:
                break
        if synced and at_once:
            self._offset, self.vouched = time - mono, Stamp(time, mono, synced)
        elif not synced and self._offset is not None and abs(time - mono - self._offset) >= STEPPED_MS:
            time = mono + self._offset
        return Stamp(time, mono, synced)
