"""net-snmp's own senders of notifications, `snmptrap` and `snmpinform`, as a device would use them."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from servers.find import find
from servers.snmpd import V3User


@dataclass(frozen=True)
class Sender:
    """Sends to `host:port` from the address `source`. `directory` has its own engine's memory. Raises
    MissingServerError."""

    port: int
    directory: Path
    source: str = "127.0.0.1"
    host: str = "127.0.0.1"

    def trap(self, oid: str, varbinds: Sequence[str] = (), *, community: str = "public", version: str = "2c") -> None:
        """Send a trap; `varbinds` as snmptrap(1) takes them: name, type, value. Of version 1, `oid` is the enterprise,
        and the trap its specific number 7. Raises subprocess.CalledProcessError."""
        head = ["", oid] if version != "1" else [oid, "192.0.2.99", "6", "7", ""]
        self._run("snmptrap", ["-v", version, "-c", community], [*head, *varbinds])

    def v1(self, generic: int, varbinds: Sequence[str] = (), *, agent: str = "", community: str = "public") -> None:
        """Send one of the generic traps of version 1 that says it is of the address `agent`."""
        head = ["1.3.6.1.4.1.8072", agent or self.source, str(generic), "0", ""]
        self._run("snmptrap", ["-v", "1", "-c", community], [*head, *varbinds])

    def inform(self, oid: str, varbinds: Sequence[str] = (), *, wait_s: int = 10, retries: int = 0) -> bool:
        """Send an inform. Returns whether it was answered in time."""
        return self._inform(["-v", "2c", "-c", "public"], oid, varbinds, wait_s, retries)

    def trap_v3(self, user: V3User, oid: str, varbinds: Sequence[str] = (), *, engine: str) -> None:
        """Send a trap of version 3; `engine` is the id of the sender's engine in hex digits."""
        self._run("snmptrap", [*_user(user), "-e", f"0x{engine}"], ["", oid, *varbinds])

    def inform_v3(self, user: V3User, oid: str, varbinds: Sequence[str] = (), *, wait_s: int = 10) -> bool:
        """Send an inform of version 3. Returns whether it was answered in time."""
        return self._inform(_user(user), oid, varbinds, wait_s, 0)

    def _inform(self, who: list[str], oid: str, varbinds: Sequence[str], wait_s: int, retries: int) -> bool:
        try:
            self._run("snmpinform", [*who, "-t", str(wait_s), "-r", str(retries)], ["", oid, *varbinds])
        except subprocess.CalledProcessError as error:
            if error.returncode == 1:  # what it says differs: no answer, or one that it cannot take for one
                return False
            raise
        return True

    def _run(self, tool: str, options: list[str], rest: Sequence[str]) -> None:
        program = find(tool)
        self.directory.mkdir(parents=True, exist_ok=True)
        where = f"udp6:[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        source = [] if ":" in self.host else [f"--clientaddr={self.source}"]
        command = [str(program.path), *options, *source, where, *rest]
        private = {"SNMP_PERSISTENT_DIR": str(self.directory), "SNMPCONFPATH": str(self.directory), "MIBS": ""}
        environment = {**os.environ, **program.environment, **private}
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)


def _user(user: V3User) -> list[str]:
    level = ("noAuthNoPriv", "authNoPriv", "authPriv")[bool(user.auth) + bool(user.privacy)]
    out = ["-v", "3", "-l", level, "-u", user.name]
    out += ["-a", user.auth, "-A", user.auth_password] if user.auth else []
    return out + (["-x", user.privacy, "-X", user.privacy_password] if user.privacy else [])
