"""What an assignment says of notifications, ready for them: whose address it is, and what an OID means. Pure."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from agents.snmp.oids import Oid
from agents.traps.refused import RefusedError
from contract.messages import Assignment
from contract.trap import StormText, TrapDefinition, parse_traps

log = logging.getLogger(__name__)

_Key = tuple[Oid, str | None]


@dataclass(frozen=True, slots=True)
class TrapPlan:
    """`devices` are by numeric address, None where two have the same."""

    assignment: str = ""
    devices: Mapping[str, str | None] = field(default_factory=dict)
    definitions: Mapping[_Key, TrapDefinition] = field(default_factory=dict)
    storm: StormText | None = None

    def device(self, address: str) -> str:
        """Return the device that has the address.

        Raises:
            RefusedError: none has, or two have it.
        """
        if address not in self.devices:
            raise RefusedError("unknown_device", f"no device of the assignment has the address {address}")
        found = self.devices[address]
        if found is None:
            raise RefusedError("ambiguous_device", f"two devices of the assignment have {address}")
        return found

    def definition(self, oid: Oid) -> TrapDefinition | None:
        """Return what a snmpTrapOID means. What version 1 says of a notification of SMIv2 has a 0 too many before its
        last number (RFC 3584 section 3.1), so without it, too."""
        found = self.definitions.get((oid, None))
        if found is None and len(oid) > 2:
            found = self.definitions.get((oid[:-1], "odd" if oid[-1] % 2 else "even"))
        if found is None and len(oid) > 3 and oid[-2] == 0:
            found = self.definitions.get(((*oid[:-2], oid[-1]), None))
        return found


def trap_plan(assignment: Assignment) -> TrapPlan:
    """Return the plan of an assignment.

    Raises:
        ConfigError: definitions of it cannot be read.
    """
    files = parse_traps(assignment.traps)
    definitions: dict[_Key, TrapDefinition] = {}
    for _, file in sorted(files.items()):
        for one in file.traps:
            definitions.setdefault((one.oid, one.last), one)
    devices: dict[str, str | None] = {}
    for device in assignment.devices:
        at = plain(device.address)
        devices[at] = None if at in devices else device.id
    storm = next((file.storm for file in files.values() if file.storm), None)
    return TrapPlan(assignment.id, devices, definitions, storm)


def plain(address: str) -> str:
    """Return an address as the inventory writes it: an IPv4 one that came over IPv6 as such, without its zone. What is
    no address stays."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)
