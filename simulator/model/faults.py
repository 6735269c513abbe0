"""The faults that there are: what each strikes, and the one form that chance, the story and commands give them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
    "mains",
    "rectifier",
    "generator",
    "cooling",
    "door",
    "flood",
    "fibre",
    "fade",
    "device",
    "silent",
    "hang",
    "reboot",
    "port",
    "counters",
    "garbled",
    "repeated",
    "clock",
    "late",
]
Cause = Literal["chance", "planned", "storm", "lightning", "tide", "story", "command"]
Struck = Literal["feeder", "site", "link", "device", "sensor"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STRIKES: Mapping[Kind, tuple[Struck, ...]] = {
    "mains": ("feeder", "site"),
    **dict.fromkeys(("rectifier", "generator", "cooling", "door", "flood"), ("site",)),
    **dict.fromkeys(("fibre", "fade"), ("link",)),
    **dict.fromkeys(("device", "silent", "hang", "reboot", "port", "counters"), ("device",)),
    **dict.fromkeys(("garbled", "repeated", "clock", "late"), ("sensor",)),
}
MOMENTARY: frozenset[Kind] = frozenset({"counters", "garbled", "repeated"})
TELEMETRY: frozenset[Kind] = frozenset({"hang", "counters", "garbled", "repeated", "clock", "late"})
"""Of what we are told, not of what there is: nothing is down because of it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """From `at_s` on, in simulated seconds since the start, for `for_s`. `number`: dB of a fade, seconds by which a
    clock is off, cm of water, a port by its ifIndex or, below zero, counted from a device's last one."""

    at_s: float
    for_s: float
    element: str
    kind: Kind
    cause: Cause = "chance"
    number: float | None = None

    @property
    def root(self) -> str:
        """Its name in the truth."""
        return f"{self.kind}:{self.element}:{self.at_s:.2f}"
