"""Faults on command: a kind and an element as a person names them, to a fault that `World.begin` takes."""

from contract.config_file import did_you_mean
from contract.inventory import Inventory
from simulator.model.faults import KINDS, STRIKES, Fault, Kind, Struck
from simulator.model.signals import NOISE_DBM

LASTS_S = 3600.0
_NUMBERS: dict[Kind, float] = {"fade": -NOISE_DBM, "flood": 50.0, "clock": 120.0, "port": -1.0}


class CommandError(ValueError):
    """There is no such fault here; the text says what there is."""


def fault(inventory: Inventory, element: str, kind: str, at_s: float, lasts_s: float | None = None) -> Fault:
    """Return the fault that begins at `at_s` seconds after the start, and lasts an hour unless told otherwise.

    Raises:
        CommandError: there is no such kind or element, or it does not strike that.
    """
    known = next((one for one in KINDS if one == kind), None)
    if known is None:
        raise CommandError(f"there is no fault {kind}{did_you_mean(kind, KINDS)}: {', '.join(KINDS)}")
    there = {struck: names for struck in STRIKES[known] if element in (names := elements(inventory, struck))}
    if not there:
        every = {name for struck in STRIKES[known] for name in elements(inventory, struck)}
        what = " or ".join(STRIKES[known])
        raise CommandError(
            f"{known} strikes a {what}, and there is none called {element}{did_you_mean(element, every)}"
        )
    return Fault(at_s, LASTS_S if lasts_s is None else lasts_s, element, known, "command", _NUMBERS.get(known))


def elements(inventory: Inventory, struck: Struck) -> set[str]:
    """Return the names of all that can be struck."""
    match struck:
        case "feeder":
            return {site.feeder for site in inventory.sites if site.feeder}
        case "site":
            return {site.id for site in inventory.sites}
        case "link":
            return {link.id for link in inventory.links}
        case "device":
            return {device.id for device in inventory.devices}
        case "sensor":
            return {sensor.id for sensor in inventory.sensors}
