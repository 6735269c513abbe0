"""mosquitto with the shipped configuration, and generated certificates and rights: only paths and the port are ours."""

import os
import shutil
import signal
import socket
import ssl
from pathlib import Path

from servers.find import find
from servers.ports import HOST, free_port
from servers.process import Server
from system.thread import wait_for

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config" / "mosquitto"
OBSERVER = "observer"


class ShippedBroker(Server):
    """The broker of `docker-compose.yml`, its certificates and users those of `deployment` (as `mangrove secrets` and
    `enroll` make them).

    A user `observer`, who may everything, is added to a copy of the ACL: the test's own eyes.
    """

    def __init__(self, directory: Path, deployment: Path) -> None:
        self.host, self.port = HOST, free_port()
        self.ca = deployment / "certificates" / "ca.crt"
        self._from, self._users = deployment / "users", directory / "shipped" / "users"
        self._users.mkdir(parents=True)
        self._carry()
        ours = {
            "/etc/mosquitto/certs": deployment / "certificates",
            "/etc/mosquitto/users": self._users,
            "listener 8883": f"listener {self.port} {HOST}",
        }
        text = (SHIPPED / "mosquitto.conf").read_text(encoding="utf-8")
        for theirs, own_path in ours.items():
            assert text.count(theirs) >= 1, theirs
            text = text.replace(theirs, str(own_path))
        if os.geteuid() == 0:
            text += "user root\n"  # else it gives up root for a user who may not read our directory
        path = directory / "shipped" / "mosquitto.conf"
        path.write_text(text, encoding="utf-8")
        super().__init__(find("mosquitto"), ["-c", str(path)], directory / "shipped", {})

    def is_ready(self) -> bool:
        """Whether it shakes hands, with a certificate that its authority vouches for."""
        try:
            self.handshake(HOST)
        except ConnectionError:
            return False
        return True

    def handshake(self, name: str) -> None:
        """Connect as a client that asks for `name`. Raises OSError, among them ssl.SSLError."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        with (
            socket.create_connection((self.host, self.port), timeout=5) as connection,
            context.wrap_socket(connection, server_hostname=name),
        ):
            pass

    def reload(self) -> None:
        """Do what the command says after `mangrove enroll`: bring it the files, and have it read them."""
        self._carry()
        before = self.log().count("Reloading config")
        os.kill(self.pid, signal.SIGHUP)
        wait_for(lambda: self.log().count("Reloading config") > before, "the broker reads its files")

    def restart(self) -> None:
        """Do what the command says after `mangrove revoke`: bring it the files, and start it anew."""
        self._carry()
        self.stop()
        self.start()

    def _carry(self) -> None:
        for name in ("acl", "revoked.crl"):
            shutil.copy(self._from / name, self._users / name)
        with (self._users / "acl").open("a", encoding="utf-8") as acl:
            acl.write(f"\nuser {OBSERVER}\ntopic readwrite #\ntopic read $SYS/#\n")
