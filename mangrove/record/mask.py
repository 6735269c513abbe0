"""A walk without secrets, serials, people, names and addresses, in which profiles still find what they look for.

Every value keeps its type and length, every row its place in its table; pure.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from agents.snmp import names
from agents.snmp.oids import Oid
from agents.snmp.varbinds import Varbind
from mangrove.record import texts
from mangrove.record.known import OBJECTS, ROWS, What
from mangrove.record.pseudonyms import Pseudonyms
from mangrove.record.rows import masked_index

_SHORTEST_FOUND: Final = 4
"""Octets of a serial or of the device's own name that is looked for in other texts."""
_ALWAYS: Final[tuple[Oid, ...]] = ((1, 3, 6, 1, 2, 1, 1, 4),)  # sysContact
_OWN: Final[tuple[Oid, ...]] = (*_ALWAYS, (1, 3, 6, 1, 2, 1, 1, 5), (1, 3, 6, 1, 2, 1, 1, 6))  # sysName, sysLocation
_MAC: Final = 6
_BRIDGE_ID: Final = 8
_LENGTHS: Final = sorted({len(prefix) for prefix in OBJECTS}, reverse=True)
_ENTRIES: Final = sorted({len(entry) for entry in ROWS}, reverse=True)
_SNMP: Final[Oid] = (1, 3, 6, 1, 6, 3)
_TEXTS: Final = frozenset({names.OCTET_STRING, names.OPAQUE})


def mask(
    varbinds: Sequence[Varbind], secrets: Iterable[bytes] = (), *, keep_names: bool = False
) -> tuple[list[Varbind], Counter[str]]:
    """Return the objects in increasing order, and how many were masked by why: a key of known.What, "text" where it was
    found inside of a text, "row" for a row's index.

    `secrets` are what the device was asked with. `keep_names` keeps names, places and the descriptions of interfaces,
    unless a secret is in them. An object whose masked name another one has already is left out.
    """
    return _Masking(varbinds, secrets, keep_names=keep_names).all()


def what(oid: Oid) -> What | None:
    """Return what an object is known to hold."""
    return next((OBJECTS[oid[:n]] for n in _LENGTHS if oid[:n] in OBJECTS), None)


def _octets(one: Varbind) -> list[bytes]:
    """Return the text of a value, if it has any."""
    return [one.value.strip(b"\0 ")] if isinstance(one.value, bytes) else []


def _values(varbinds: Iterable[Varbind], prefix: Oid) -> list[bytes]:
    return [value for one in varbinds if one.oid[: len(prefix)] == prefix for value in _octets(one)]


class _Masking:
    def __init__(self, varbinds: Sequence[Varbind], secrets: Iterable[bytes], *, keep_names: bool) -> None:
        self._varbinds = varbinds
        self._keep_names = keep_names
        self._others = Pseudonyms()
        asked = [secret for secret in secrets if secret]
        own = [value for prefix in _OWN for value in _values(varbinds, prefix) if not keep_names or prefix in _ALWAYS]
        found = [serial for one in varbinds if what(one.oid) == "serial" for serial in _octets(one)]
        inside = [value for value in found + own if len(value) >= _SHORTEST_FOUND]
        hosts = [
            ".".join(map(str, one.value)).encode()
            for one in varbinds
            if one.tag == names.IP_ADDRESS and isinstance(one.value, bytes) and self._others.ip(one.value) != one.value
        ]
        self._exact = frozenset(asked)
        self._secrets = texts.finder([*asked, *inside, *hosts])
        self._arcs = texts.finder(asked + inside)  # in an index a text is a row of numbers
        self.counts: Counter[str] = Counter()

    def all(self) -> tuple[list[Varbind], Counter[str]]:
        out: dict[Oid, Varbind] = {}
        for one in self._varbinds:
            value = self._value(one)
            name = self._name(one.oid)
            if name in out:
                continue
            out[name] = Varbind(name, one.tag, value)
        return [out[name] for name in sorted(out)], self.counts

    def _value(self, one: Varbind) -> int | bytes | Oid | None:
        if isinstance(one.value, tuple):  # a pointer to a row: its index says as much as that row's own
            return self._name(one.value, counted=False)
        if not isinstance(one.value, bytes):
            return one.value
        known = what(one.oid)
        value = self._octets(one.tag, one.value, known)
        if one.tag in _TEXTS:
            value = texts.without(value, self._secrets)
        if value != one.value:
            self.counts["address" if one.tag == names.IP_ADDRESS else known or "text"] += 1
        return value

    def _octets(self, tag: int, value: bytes, known: What | None) -> bytes:
        if tag == names.IP_ADDRESS:
            return self._others.ip(value)
        if known in ("secret", "serial", "person") or value in self._exact:
            return texts.hidden(value)
        if known == "name" and not self._keep_names:
            return texts.hidden(value)
        if known == "address":
            return self._address(value)
        if tag == names.OCTET_STRING and len(value) == _MAC and not texts.looks_like_text(value):
            return self._others.mac(value)
        return value

    def _address(self, value: bytes) -> bytes:
        if len(value) in (_MAC, _BRIDGE_ID):
            return self._others.mac(value)
        if len(value) in (4, 5):  # by LLDP with the family before it
            return value[:-4] + self._others.ip(value[-4:])
        return texts.hidden(value)

    def _name(self, oid: Oid, *, counted: bool = True) -> Oid:
        masked = oid
        if oid[: len(_SNMP)] == _SNMP and what(oid) == "secret":
            masked = oid[:_COLUMN] + _hidden_arcs(oid[_COLUMN:])
        elif entry := next((oid[:n] for n in _ENTRIES if oid[:n] in ROWS), None):
            column = len(entry) + 1
            masked = oid[:column] + masked_index(oid[column:], ROWS[entry], self._others)
        if self._arcs:
            masked = _without(masked, self._arcs)
        self.counts["row"] += counted and masked != oid
        return masked


_COLUMN: Final = len(_SNMP) + 1
"""From here on the sub-identifiers of SNMP's own objects are looked at: those of tables and columns are below 0x30."""


def _hidden_arcs(arcs: Oid) -> Oid:
    """Return sub-identifiers that may be characters as those of x and 0."""
    return tuple(arc if arc < 0x30 else 0x30 if arc <= 0x39 else 0x78 for arc in arcs)


def _without(oid: Oid, secrets: re.Pattern[bytes]) -> Oid:
    """Return the name without a secret that is written in it, one sub-identifier a character."""
    octets = bytes(arc if arc < 0x100 else 0 for arc in oid)
    out = list(oid)
    for match in secrets.finditer(octets):
        start, end = match.span(1)
        out[start:end] = texts.hidden(octets[start:end])
    return tuple(out)
