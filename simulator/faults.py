"""The faults of a demo: now and then a device falls silent, reboots, or loses a link; deterministic by seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from simulator.device import Device
from simulator.traffic import TICKS

Kind = Literal["silent", "reboot", "link_down"]
_KINDS: tuple[Kind, ...] = ("silent", "reboot", "link_down")
_LASTS_S = {"silent": (8.0, 20.0), "reboot": (4.0, 10.0), "link_down": (10.0, 30.0)}
FIRST_S, BETWEEN_S = 15.0, 20.0


@dataclass(frozen=True, slots=True)
class Fault:
    """From `at_s` on, in seconds since the start, for `for_s`. `port` is an ifIndex with link_down, else 0."""

    at_s: float
    for_s: float
    device: str
    kind: Kind
    port: int = 0


def schedule(seed: int, devices: Sequence[str], ports: int, *, quiet: bool = False) -> Iterator[Fault]:
    """Yield faults without end in the order of their start, `BETWEEN_S` apart on average; none when `quiet`. A device
    has one fault at a time, with 10 s or more between."""
    if quiet or not devices or ports < 1:
        return
    random = Random(f"{seed}/faults")
    free_at = dict.fromkeys(devices, 0.0)
    at = FIRST_S
    while True:
        device, kind = random.choice(devices), random.choice(_KINDS)
        lasts = round(random.uniform(*_LASTS_S[kind]), 2)
        port = random.randint(1, ports) if kind == "link_down" else 0
        if free_at[device] <= at:
            free_at[device] = at + lasts + 10.0
            yield Fault(round(at, 2), lasts, device, kind, port)
        at += random.uniform(0.5, 1.5) * BETWEEN_S


def begin(fault: Fault, device: Device, ticks: int) -> None:
    """Let it happen now, at `ticks`."""
    until = ticks + round(fault.for_s * TICKS)
    match fault.kind:
        case "silent":
            device.silence(until)
        case "reboot":
            device.reboot(until)
        case "link_down":
            device.link(fault.port, ticks, up=False)


def end(fault: Fault, device: Device, ticks: int) -> None:
    """Let it be over now. Silence and reboots end by themselves."""
    if fault.kind == "link_down":
        device.link(fault.port, ticks, up=True)
