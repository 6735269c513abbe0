"""Whether the host's clock is synchronised, as the kernel says (adjtimex(2))."""

import ctypes

_TIMEX_BYTES = 208
_STATUS_AT = 5 * ctypes.sizeof(ctypes.c_long)  # after modes (padded), offset, freq, maxerror, esterror
_STA_UNSYNC = 0x0040
_TIME_ERROR = 5


def is_synchronised() -> bool:
    """Return False when the kernel says that the clock is not synchronised, or does not say."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "adjtimex"):
        return False
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    state = libc.adjtimex(timex)
    status = ctypes.c_int.from_buffer(timex, _STATUS_AT).value
    return 0 <= state < _TIME_ERROR and not status & _STA_UNSYNC
