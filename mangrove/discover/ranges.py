"""Which addresses are meant by ranges, and that they are few enough to be asked. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from mangrove.login import wrong

MOST: Final = 65_536
"""An IPv4 /16. At 200 packets a second that is over ten minutes of silence, with two tries."""


def addresses(ranges: Sequence[str]) -> list[str]:
    """Return the hosts of ranges such as 192.0.2.0/24, 192.0.2.7 or 2001:db8::/120, each once, in the order given.
    What names a network and not a host (RFC 919's broadcast, RFC 4291's anycast of routers) is left out.

    Raises:
        ConfigError: a range is none, holds no hosts that could be asked, or all together are more than MOST.
    """
    networks = [_network(text) for text in ranges]
    total = sum(network.num_addresses for network in networks)
    if total > MOST:
        largest = max(networks, key=lambda network: network.num_addresses)
        raise wrong("CIDR", _too_many(largest, total))
    return list(dict.fromkeys(str(host) for network in networks for host in network.hosts()))


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise wrong("CIDR", f"{text} is no range of addresses, such as 192.0.2.0/24 or 192.0.2.7") from None
    if reason := _nobody(network):
        raise wrong("CIDR", f"{text}: {reason}")
    return network


def _nobody(network: IPv4Network | IPv6Network) -> str:
    if network.is_multicast:
        return "is for multicast: no device has such an address"
    if network.is_unspecified or str(network.network_address) in ("0.0.0.0", "::"):
        return "begins with the address that means none: name the network that you mean"
    if network.version == 4 and network.is_reserved:
        return "is reserved: no device has such an address"
    if network.version == 6 and network.is_link_local:
        return "is of one link (RFC 4291 section 2.5.6), which the address does not name: take a global one"
    return ""


def _too_many(largest: IPv4Network | IPv6Network, total: int) -> str:
    said = f"{largest} has {largest.num_addresses:,} addresses, {total:,} in all; at most {MOST:,} are asked"
    if largest.version == 6:
        return f"{said}: nobody can try all of an IPv6 network, name its devices or a /112 at most"
    return f"{said}: name smaller ranges, one after the other"
