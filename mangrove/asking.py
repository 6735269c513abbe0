"""Whom a command asks: an address as people write it, and how patiently."""

import asyncio
import socket
from dataclasses import dataclass

from agents.snmp.session import Session
from agents.snmp.transport import Address, Transport
from mangrove.login import Login, wrong

SNMP_PORT = 161


@dataclass(frozen=True, slots=True)
class Asking:
    """One device, and how patiently it is asked: `timeout_s` for each try, of which there are 1 + `retries`."""

    address: str
    login: Login
    timeout_s: float
    retries: int

    async def resolved(self) -> Address:
        """Return the numeric address and the port.

        Raises:
            ConfigError: the address is none, or its name is not known.
        """
        host, port = split(self.address)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as error:
            raise wrong(host, f"is not known: {error}") from None
        # Devices that have both are asked by IPv4, where more of them answer.
        found.sort(key=lambda one: one[0] is not socket.AF_INET)
        return str(found[0][4][0]), port

    async def session(self, transport: Transport) -> Session:
        """Return a session with the device.

        Raises:
            ConfigError: the address is none, or what should open it cannot.
        """
        security = self.login.security()
        return Session(transport, await self.resolved(), security, timeout_s=self.timeout_s, retries=self.retries)


def split(address: str) -> tuple[str, int]:
    """Return host and port of HOST, HOST:PORT, an IPv6 address alone or [HOST]:PORT.

    Raises:
        ConfigError: it is none of them.
    """
    host, colon, port = address.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        host, port = address, str(SNMP_PORT)
    if address.startswith("[") and address.endswith("]"):
        host, port = address, str(SNMP_PORT)
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise wrong("ADDRESS", "is HOST or HOST:PORT, an IPv6 one HOST or [HOST]:PORT")
    return host, int(port)
