"""What a device has said by itself, as a batch of the kind `trap` carries it: an alarm, or what nobody could name."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_VARBINDS = 100
MAX_VALUE = 500
MAX_ENTITY = 100
MAX_SAID = 400

Severity = Literal["critical", "major", "minor", "warning", "indeterminate", "cleared"]
"""X.733 clause 8.1.2.3, perceivedSeverity."""
AlarmState = Literal["raised", "cleared", "event"]
"""An event is told once and has no end: a cold start, a failed login."""
SEVERITIES: dict[Severity, int] = {
    "cleared": 0,
    "indeterminate": 1,
    "warning": 2,
    "minor": 3,
    "major": 4,
    "critical": 5,
}

Dotted = Annotated[str, Field(pattern=r"^[0-2](\.[0-9]{1,10}){1,127}$")]
Said = Annotated[str, Field(max_length=MAX_SAID)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Alarm(_Strict):
    """One alarm of a device is what has one `type` and one `entity` (a port, a peer, a battery; empty: the device
    itself). `severity` is `cleared` exactly when `state` is."""

    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    entity: Annotated[str, Field(max_length=MAX_ENTITY)] = ""
    severity: Severity
    state: AlarmState
    en: Said
    vi: Said


class SaidVarbind(_Strict):
    """An object of a notification as text, for people."""

    oid: Dotted
    type: Annotated[str, Field(max_length=30)]
    value: Annotated[str, Field(max_length=MAX_VALUE)] = ""


class TrapReport(_Strict):
    """A notification. `oid` is its snmpTrapOID, of version 1 as RFC 3584 section 3.1 makes it. Without `alarm` no
    definition knows it, and it is kept with its varbinds."""

    oid: Dotted
    version: Literal["v1", "v2c", "v3"]
    inform: bool = False
    alarm: Alarm | None = None
    varbinds: Annotated[list[SaidVarbind], Field(max_length=MAX_VARBINDS)] = []
