"""What an inventory that is there tells of a device that is not in it yet: guesses, each marked as one. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from contract.inventory import Inventory
from mangrove.discover.ask import Found
from mangrove.discover.vendors import vendor

_OLT: Final = re.compile(r"(?i)\b(?:MA5[68]\d\d|C[36][025]0|ISAM|OLT|GPON)\b|Integrated Access Software")
_RADIO: Final = re.compile(r"(?i)\bRTN|microwave|packet radio|ALFO|outdoor unit")
_SWITCH: Final = re.compile(r"(?i)\bswitch\b")
_RADIOS: Final = frozenset({"ceragon", "siae", "aviat", "cambium"})
_POWERS: Final = frozenset({"apc", "vertiv", "eltek", "delta", "eaton", "cet-power", "himoinsa"})
_ROUTES: Final = frozenset({"ospf", "bgp4"})


class Habits:
    """How the devices of an inventory are named, and what they are."""

    def __init__(self, inventory: Inventory | None) -> None:
        devices = inventory.devices if inventory else []
        self._sites = [site.id for site in inventory.sites] if inventory else []
        self._roles = _unanimous((_first(one.id), one.role) for one in devices)
        self._levels = _unanimous((_first(one.id), one.level) for one in devices)

    def role(self, name: str, found: Found) -> str | None:
        """Return the role that all devices whose ids begin like this one have, or else what the device says it is."""
        return self._roles.get(_first(name)) or _role(found)

    def level(self, name: str) -> str | None:
        """Return the level that all devices whose ids begin like this one have."""
        return self._levels.get(_first(name))

    def site(self, name: str) -> str | None:
        """Return the site whose id is the same but for its first word, such as tram-nam-can-01 of rt-nam-can-01, where
        there is one such."""
        rest = _rest(name)
        found = [site for site in self._sites if site == name or (rest and _rest(site) == rest)]
        return found[0] if len(found) == 1 else None


def _role(found: Found) -> str | None:
    descr, maker = found.known.sys_descr, vendor(found.known.sys_object_id)
    if maker in _RADIOS or _RADIO.search(descr):
        return "microwave"
    if maker in _POWERS or "ups-mib" in found.profiles:
        return "power"
    if _OLT.search(descr):
        return "olt"
    if _SWITCH.search(descr):
        return "switch"
    return "router" if _ROUTES & set(found.profiles) else None


def _unanimous(pairs: Iterable[tuple[str, str | None]]) -> dict[str, str | None]:
    values: dict[str, set[str | None]] = {}
    for key, value in pairs:
        values.setdefault(key, set()).add(value)
    return {key: next(iter(some)) for key, some in values.items() if len(some) == 1}


def _first(name: str) -> str:
    return name.partition("-")[0]


def _rest(name: str) -> str:
    return name.partition("-")[2]
