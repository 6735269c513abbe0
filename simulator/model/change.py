"""What comes to pass in the simulated province, as the truth is told."""

from dataclasses import dataclass

BEGINS = {  # kind of fault: the state that it brings
    "mains": "mains_cut",
    "rectifier": "rectifier_fault",
    "generator": "generator_broken",
    "cooling": "cooling_fault",
    "door": "door_open",
    "flood": "flooded",
    "fibre": "link_down",
    "fade": "faded",
    "device": "broken",
    "silent": "silent",
    "hang": "hung",
    "reboot": "reboot",
    "port": "port_down",
    "counters": "counter_reset",
    "garbled": "garbled",
    "repeated": "repeated",
    "clock": "clock_off",
    "late": "held_back",
}
ENDS = {  # kind of fault that lasts: the state that its end brings
    "mains": "mains_back",
    "rectifier": "rectifier_mended",
    "generator": "generator_mended",
    "cooling": "cooling_mended",
    "door": "door_closed",
    "flood": "dry",
    "fibre": "link_up",
    "fade": "clear",
    "device": "mended",
    "silent": "answers",
    "hang": "answers",
    "reboot": "started",
    "port": "port_up",
    "clock": "clock_right",
    "late": "sent_late",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change of state, at `time` in simulated seconds since 1970 UTC.

    `element` is a feeder, site, link, device or sensor. Beside the states of `BEGINS` and `ENDS` there are, of a site,
    `dark` and `powered`, `generator_run`, `generator_off`, `generator_fault` (it did not start, or its fuel is gone),
    `portable_run` and `portable_off`; of a device, `started`.

    `cause`: `story`, `chance`, `planned`, `storm`, `lightning`, `tide` or `command` where a fault begins, `over` where
    it ends, else the state that has led to this one. `root` names the fault at the bottom of it as `kind:element:time`.
    `number`: dB of a fade, seconds of a clock, ifIndex of a port. `down` are the devices, sensors and cells that are
    not heard because of it, `up` those that are heard again.
    """

    time: float
    element: str
    state: str
    cause: str
    root: str = ""
    number: float | None = None
    down: tuple[str, ...] = ()
    up: tuple[str, ...] = ()
