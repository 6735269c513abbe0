"""Whether the host's clock is synchronised, as the kernel says (adjtimex(2))."""

import ctypes

_TIMEX_BYTES = 208
_STATUS_AT = 5 * ctypes.sizeof(ctypes.c_long)  # after modes (padded), offset, freq, maxerror, esterror
_STA_UNSYNC = 0x0040
_TIME_ERROR = 5
_LIBC = ctypes.CDLL(None, use_errno=True)


def is_synchronised() -> bool:
    """Return False when the kernel says that the clock is not synchronised, or does not say."""
    if not hasattr(_LIBC, "adjtimex"):
        return False
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    state = _LIBC.adjtimex(timex)
    status = ctypes.c_int.from_buffer(timex, _STATUS_AT).value
    return 0 <= state < _TIME_ERROR and not status & _STA_UNSYNC
