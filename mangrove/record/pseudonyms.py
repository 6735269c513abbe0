"""Other addresses in the place of real ones: the same one for the same, so that rows still find each other."""

import ipaddress
from typing import Final

_FIRST: Final = int(ipaddress.IPv4Address("198.18.0.0"))  # of networks for measurements, RFC 2544: nobody has them
_COUNT: Final = 1 << 17
_MORE: Final = int(ipaddress.IPv4Address("240.0.0.0"))  # RFC 1112 class E: nobody has them either
_FIRST_6: Final = int(ipaddress.IPv6Address("2001:db8::"))  # of documents, RFC 3849
_VENDOR: Final = 3
_MAC: Final = 6


class Pseudonyms:
    """The addresses of one recording, numbered as they come. Lengths are kept, of MAC addresses the vendor too.

    What names no host stays: all zeros, all ones, loopback, masks of networks, multicast.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, bytes] = {}
        self._hosts = 0
        self._cards = 0

    @property
    def masked(self) -> frozenset[bytes]:
        """The real addresses of hosts that were seen."""
        return frozenset(self._known)

    def ip(self, address: bytes) -> bytes:
        """Return another IPv4 or IPv6 address; a zone behind it (RFC 4001) stays, and so does what is neither."""
        size = {4: 4, 8: 4, 16: 16, 20: 16}.get(len(address))
        if size is None:
            return address
        host, zone = address[:size], address[size:]
        if _names_no_host(host):
            return address
        if host not in self._known:
            self._hosts += 1
            self._known[host] = _numbered(self._hosts, size)
        return self._known[host] + zone

    def mac(self, address: bytes) -> bytes:
        """Return another address of the same vendor. A priority before it (IEEE 802.1D bridge ids) stays, and so does
        what is shorter."""
        head, card = address[:-_MAC], address[-_MAC:]
        if len(card) < _MAC or card[0] & 1 or not any(card):
            return address
        if card not in self._known:
            self._cards += 1
            self._known[card] = card[:_VENDOR] + (self._cards % (1 << 24)).to_bytes(3, "big")
        return head + self._known[card]


def _names_no_host(host: bytes) -> bool:
    if len(host) == 16:
        address = ipaddress.IPv6Address(host)
        return address.is_unspecified or address.is_loopback or address.is_multicast
    return host[0] in (0, 127) or host[0] >= 224  # 255: masks


def _numbered(number: int, size: int) -> bytes:
    if size == 16:
        return (_FIRST_6 + number).to_bytes(16, "big")
    return (_FIRST + number if number < _COUNT else _MORE + number % (1 << 28)).to_bytes(4, "big")
