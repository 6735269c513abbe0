"""The faults of a demo: what there is, and those that come by chance; deterministic by seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from contract.inventory import Inventory
from simulator.model.topology import leaves
from simulator.sensor_messages import speaks

Kind = Literal["silent", "reboot", "link_down", "garbled", "door_open", "mains_cut"]
Cause = Literal["chance", "story"]
_LASTS_S: dict[Kind, tuple[float, float]] = {
    "silent": (8.0, 20.0),
    "reboot": (4.0, 10.0),
    "link_down": (10.0, 30.0),
    "garbled": (0.0, 0.0),
    "door_open": (10.0, 30.0),
    "mains_cut": (15.0, 40.0),
}
_OFTEN: dict[Kind, int] = {"silent": 3, "reboot": 3, "link_down": 3, "garbled": 1, "door_open": 1, "mains_cut": 1}
FIRST_S, BETWEEN_S = 15.0, 20.0
REST_S = 10.0  # between two faults of one element


@dataclass(frozen=True, slots=True)
class Fault:
    """From `at_s` on, in seconds since the start, for `for_s`. `element`: a device; with door_open and mains_cut a
    site; with garbled a sensor, of which one message is spoilt. `port` is an ifIndex with link_down, else 0."""

    at_s: float
    for_s: float
    element: str
    kind: Kind
    port: int = 0
    cause: Cause = "chance"


def targets(inventory: Inventory, ports: int) -> dict[Kind, list[str]]:
    """Return what chance may strike: routers that nothing is behind, and the power of sites that have a generator. By
    chance nothing goes dark and nothing is cut off."""
    alone = leaves(inventory)
    devices = [device.id for device in inventory.devices if device.id in alone]
    return {
        "silent": devices,
        "reboot": devices,
        "link_down": devices if ports > 1 else [],
        "garbled": [sensor.id for sensor in inventory.sensors if speaks(sensor)],
        "door_open": list(dict.fromkeys(sensor.site for sensor in inventory.sensors)),
        "mains_cut": sorted(with_generator(inventory)),
    }


def with_generator(inventory: Inventory) -> frozenset[str]:
    """Return the sites that have a generator: those of the agents, and those that others are behind."""
    alone = leaves(inventory)
    needed = {device.site for device in inventory.devices if device.id not in alone}
    return frozenset(needed | {agent.site for agent in inventory.agents if agent.site})


def schedule(
    seed: int, targets: Mapping[Kind, Sequence[str]], ports: int, busy: Mapping[str, float] | None = None
) -> Iterator[Fault]:
    """Yield faults without end in the order of their start, `BETWEEN_S` apart on average; none without targets. An
    element has one fault at a time, and those of `busy` none before that time in seconds. Port 1 is a router's way to
    its agent and never fails."""
    kinds = [kind for kind in _OFTEN if targets.get(kind)]
    if not kinds:
        return
    random = Random(f"{seed}/faults")
    free_at = dict(busy or {})
    at = FIRST_S
    while True:
        (kind,) = random.choices(kinds, [_OFTEN[kind] for kind in kinds])
        element = random.choice(targets[kind])
        lasts = round(random.uniform(*_LASTS_S[kind]), 2)
        port = random.randint(2, ports) if kind == "link_down" else 0
        if free_at.get(element, 0.0) <= at:
            free_at[element] = at + lasts + REST_S
            yield Fault(round(at, 2), lasts, element, kind, port)
        at += random.uniform(0.5, 1.5) * BETWEEN_S
