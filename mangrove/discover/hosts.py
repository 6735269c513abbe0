"""Which of the addresses that answered are one device, and what it would be called. Pure."""

import unicodedata
from collections.abc import Container, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from mangrove.discover.ask import Found

_LONGEST: Final = 63  # of an id


@dataclass(frozen=True, slots=True)
class Host:
    """A device by one of its addresses; `also` are the others that answered."""

    found: Found
    also: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses that answered."""
        return (self.found.address, *self.also)


def hosts(found: Iterable[Found], known: Container[tuple[str, int]]) -> list[Host]:
    """Return each device once. Addresses are of one device where its engine and its name are the same (RFC 3411), or
    without an engine name, sysObjectID and sysDescr; the one that is `known` to the inventory is preferred, else the
    first."""
    alike: dict[tuple[object, ...], list[Found]] = {}
    for one in found:
        alike.setdefault(_key(one), []).append(one)
    out: list[Host] = []
    for some in alike.values():
        first = next((one for one in some if (one.address, one.port) in known), some[0])
        out.append(Host(first, tuple(one.address for one in some if one is not first)))
    return out


def slug(name: str) -> str:
    """Return an id of a name: the first label of a domain name, without accents, in lower case; empty where nothing is
    left of it."""
    label = name if _is_address(name) else name.partition(".")[0]
    flat = unicodedata.normalize("NFD", label.casefold().replace("đ", "d"))
    kept = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in flat if _is_base(letter))
    return "-".join(kept.split())[:_LONGEST].strip("-")


def address_slug(address: str) -> str:
    """Return an id of an address, for what has no name."""
    return f"ip-{ip_address(address).exploded.replace('.', '-').replace(':', '-')}"


def _key(one: Found) -> tuple[object, ...]:
    if one.engine:
        return one.engine, one.sys_name
    if one.sys_name:
        return one.sys_name, one.known.sys_object_id, one.known.sys_descr
    return (one.address,)


def _is_base(letter: str) -> bool:
    return not unicodedata.combining(letter)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
