"""net-snmp's agent, and its own tools as a second opinion."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from servers.find import find
from servers.ports import HOST, free_port
from servers.process import Server

_LINE = re.compile(r"^\.(?P<oid>1(?:\.\d+)*) = (?P<value>.*)$")
# RFC 3416 §4.2.1: GetRequest-PDU, request-id 1, sysUpTime.0 (RFC 3418).
_GET_UPTIME = bytes.fromhex("a019 020101 020100 020100 300e 300c 06082b06010201010300 0500")


@dataclass(frozen=True)
class V3User:
    """A user who may read everything, at the highest level that it has; protocols in the words of snmpd.conf(5)."""

    name: str
    auth: str = ""
    auth_password: str = ""
    privacy: str = ""
    privacy_password: str = ""

    def lines(self) -> Iterator[str]:
        """The two lines of snmpd.conf."""
        secrets = [f'{self.auth} "{self.auth_password}"'] if self.auth else []
        secrets += [f'{self.privacy} "{self.privacy_password}"'] if self.privacy else []
        yield " ".join(["createUser", self.name, *secrets])
        yield f"rouser {self.name} {('noauth', 'auth', 'priv')[len(secrets)]}"


class Snmpd(Server):
    """An agent on UDP `host:port` that answers `community` in SNMPv1 and v2c, with this machine's own values.

    `users` are of SNMPv3; `ipv6` listens on ::1, too; `lines` adds lines of snmpd.conf(5).
    Raises MissingServerError.
    """

    def __init__(
        self,
        directory: Path,
        *,
        community: str = "public",
        users: Sequence[V3User] = (),
        ipv6: bool = False,
        lines: Sequence[str] = (),
    ) -> None:
        self.host = HOST
        self.port = free_port(socket.SOCK_DGRAM)
        self.community = community
        self.sys_name = "rt-nam-can-01"
        self.sys_location = "Nam Can, Ca Mau"
        self.sys_contact = "noc@example.net"
        directory = directory / "snmpd"
        directory.mkdir(parents=True)
        configuration = [
            f"agentAddress udp:{self.host}:{self.port}" + f",udp6:[::1]:{self.port}" * ipv6,
            f"rocommunity {community} {self.host}",
            f"sysName {self.sys_name}",
            f"sysLocation {self.sys_location}",
            f"sysContact {self.sys_contact}",
            "dontLogTCPWrappersConnects yes",
            *(line for user in users for line in user.lines()),
            *lines,
        ]
        self.configuration = directory / "snmpd.conf"
        self.configuration.write_text("\n".join(configuration) + "\n", encoding="utf-8")
        self._private = {
            "SNMP_PERSISTENT_DIR": str(directory / "persistent"),
            "SNMPCONFPATH": str(directory / "conf"),
            "MIBS": "",
        }
        arguments = ["-f", "-Lo", "-I", "-smux", "-C", "-c", str(self.configuration), "-p", str(directory / "pid")]
        super().__init__(find("snmpd"), arguments, directory, self._private)

    def is_ready(self) -> bool:
        name = self.community.encode()
        content = b"\x02\x01\x01\x04" + bytes([len(name)]) + name + _GET_UPTIME
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.2)
            try:
                client.connect((self.host, self.port))
                client.send(b"\x30" + bytes([len(content)]) + content)
                return client.recv(2048).startswith(b"\x30")
            except OSError:
                return False

    def snmpget(self, oid: str, *, version: str = "2c") -> str:
        """What net-snmp's snmpget prints for `oid`, with its type: "INTEGER: 1", 'STRING: "lo"'.

        TimeTicks alone are a bare number. Raises MissingServerError, KeyError when there is no such instance, and
        subprocess.CalledProcessError.
        """
        return self._tool("snmpget", oid, version)[oid.lstrip(".")]

    def snmpwalk(self, oid: str, *, version: str = "2c") -> dict[str, str]:
        """All below `oid`, as `snmpget` prints it, in the agent's order. Raises as `snmpget` does."""
        return self._tool("snmpbulkwalk" if version != "1" else "snmpwalk", oid, version)

    def _tool(self, tool: str, oid: str, version: str) -> dict[str, str]:
        program = find(tool)
        where = f"{self.host}:{self.port}"
        command = [str(program.path), "-v", version, "-c", self.community, "-O", "netU", where, oid]
        environment = {**os.environ, **program.environment, **self._private}
        answer = subprocess.run(command, env=environment, check=True, capture_output=True, timeout=30)
        return parse(answer.stdout.decode("utf-8", errors="replace"))


def parse(printed: str) -> dict[str, str]:
    """OIDs and values as net-snmp prints them with `-O netU`; a value may go on over several lines."""
    values: dict[str, str] = {}
    oid = ""
    for line in printed.splitlines():
        if match := _LINE.match(line):
            oid = match["oid"]
            values[oid] = match["value"]
        elif oid:
            values[oid] += "\n" + line
    return {oid: value for oid, value in values.items() if not value.startswith("No ")}
