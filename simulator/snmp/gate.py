"""Who may ask a device."""

from collections.abc import Callable

from simulator.snmp.clock import Clock
from simulator.snmp.credential import Community, Credential
from simulator.snmp.device import Gate
from simulator.snmp.keys import keys
from simulator.snmp.mib import Mib
from simulator.snmp.responder import CommunityGate
from simulator.snmp.usm import UserGate

Opener = Callable[[Mib, Clock, str, int], Gate]
"""What makes the gate to a device's objects from them, its clock, its name and the octets of its largest response."""


def opener(credential: Credential) -> Opener:
    """Return what makes the gates that a credential opens. For a user it takes time, once for all devices."""
    if isinstance(credential, Community):
        name = credential.name
        return lambda mib, _clock, _device, max_size: CommunityGate(mib, name, max_size)
    known = keys(credential)
    return lambda mib, clock, device, max_size: UserGate(mib, known, clock, device, max_size)
