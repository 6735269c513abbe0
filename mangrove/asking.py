"""Whom a command asks, and as whom: an address as people write it, and what opens the device."""

import asyncio
import socket
from dataclasses import dataclass

from agents.snmp.message import MAX_COMMUNITY, Community
from agents.snmp.names import Version
from agents.snmp.security import Security
from agents.snmp.session import Session
from agents.snmp.transport import Address, Transport
from contract.config_file import ConfigError, Problem, did_you_mean

SNMP_PORT = 161
_VERSIONS = {"v1": Version.V1, "v2c": Version.V2C}


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """What opens a device; never printed."""

    version: str
    community: str

    def security(self) -> Security:
        """Return what wraps the questions.

        Raises:
            ConfigError: there is no such version, or a secret is too long.
        """
        if self.version not in _VERSIONS:
            raise wrong("--version", f"is v1 or v2c{did_you_mean(self.version, _VERSIONS)}")
        try:
            return Community(_VERSIONS[self.version], self.community.encode())
        except ValueError:
            raise wrong("--community", f"has at most {MAX_COMMUNITY} octets") from None

    def secrets(self) -> list[bytes]:
        """Return what must not be found in a recording."""
        return [self.community.encode()]


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


def wrong(what: str, why: str) -> ConfigError:
    """Return the error of an option that cannot be used."""
    return ConfigError([Problem(what, 0, "", why)])
