"""Who may ask a device."""

from simulator.snmp.credential import Community, Credential
from simulator.snmp.device import Gate
from simulator.snmp.mib import Mib
from simulator.snmp.responder import CommunityGate


def gate(credential: Credential, mib: Mib, max_size: int) -> Gate:
    """Return the gate to the objects of a device. `max_size`: octets of the largest response."""
    if isinstance(credential, Community):
        return CommunityGate(mib, credential.name, max_size)
    raise NotImplementedError
