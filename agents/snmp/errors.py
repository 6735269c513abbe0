"""What may go wrong while a device is asked, sorted by what the caller can do about it.

SnmpError
 ├─ NoAnswer       ask again later; more questions now are wasted
 │   ├─ SnmpTimeout
 │   ├─ Unreachable
 │   └─ Refused
 ├─ ErrorStatus    the device answered that it will not
 ├─ AuthError      the device does not trust us, or we do not trust its reply
 ├─ AskAgain       never leaves `link`: the device has told what the question lacked
 └─ BadResponse    the device answered something that SNMP does not allow
     └─ TooManyVarbinds

Every error carries the word that a poll's outcome uses for it.
"""

from typing import Final, Literal

from agents.snmp.names import Status

Outcome = Literal["ok", "partial", "timeout", "auth", "refused", "unreachable", "error"]

_NAMES: Final = {int(status): status.name for status in Status}


class SnmpError(Exception):
    """A request did not get its answer. `outcome` is the word for the poll."""

    outcome: Outcome = "error"


class NoAnswer(SnmpError):
    """Nothing came back from the device."""


class SnmpTimeout(NoAnswer):
    """No reply within the timeout, after all retries."""

    outcome = "timeout"


class Unreachable(NoAnswer):
    """The network says that the device cannot be reached: a failed send, or ICMP (RFC 792, RFC 4443)."""

    outcome = "unreachable"


class Refused(NoAnswer):
    """The host is there and nothing listens on the port (ICMP port unreachable)."""

    outcome = "refused"


class AuthError(SnmpError):
    """Version 3: the device refuses the user, or its reply is not what an authentic one must be. The message says what
    to do."""

    outcome = "auth"


class AskAgain(AuthError):
    """Version 3: a report has taught what the question lacked; the same question may be asked again at once.

    Unless it is `authentic`, nothing says yet that the device knows the user.
    """

    def __init__(self, reason: str, *, authentic: bool) -> None:
        super().__init__(reason)
        self.authentic = authentic


class BadResponse(SnmpError):
    """The reply breaks BER or SNMP. The message says what, and at which byte."""


class TooManyVarbinds(BadResponse):
    """There are more objects than are to be read, and those may be good ones."""


class ErrorStatus(SnmpError):
    """The reply has an error-status (RFC 3416 section 4.2.1).

    `index` counts from 1 within the request, 0 names no varbind; `oid` is the varbind named, None when the device
    named none or one that was not asked.
    """

    def __init__(self, status: int, index: int, oid: tuple[int, ...] | None) -> None:
        name = _NAMES.get(status, f"status {status}")
        about = f" at {'.'.join(map(str, oid))}" if oid else ""
        super().__init__(f"the device answered {name}{about} (error-index {index})")
        self.status = status
        self.index = index
        self.oid = oid
        if status in (Status.NO_ACCESS, Status.AUTHORIZATION_ERROR):
            self.outcome = "auth"
