"""mosquitto with the shipped configuration, its ACL and generated secrets: only paths and the port are this test's."""

import os
import socket
import ssl
from collections.abc import Iterable
from pathlib import Path

from servers.find import find
from servers.ports import HOST, free_port
from servers.process import Server

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config" / "mosquitto"
OBSERVER = "observer"


class ShippedBroker(Server):
    """The broker of `docker-compose.yml`, its secrets those of `deployment` (as `mangrove secrets` makes them).

    A user `observer`, who may everything, is added to a copy of the ACL: the test's own eyes.
    """

    def __init__(self, directory: Path, deployment: Path) -> None:
        self.host, self.port = HOST, free_port()
        self.ca = deployment / "certificates" / "ca.crt"
        directory = directory / "shipped"
        directory.mkdir()
        acl = directory / "acl"
        acl.touch(mode=0o600)
        own = f"\nuser {OBSERVER}\ntopic readwrite #\ntopic read $SYS/#\n"
        acl.write_text((SHIPPED / "acl").read_text(encoding="utf-8") + own, encoding="utf-8")
        ours = {
            "/etc/mosquitto/certs": deployment / "certificates",
            "/etc/mosquitto/passwords": deployment / "secrets" / "broker-passwords",
            "/etc/mosquitto/acl": acl,
            "listener 8883": f"listener {self.port} {HOST}",
        }
        text = (SHIPPED / "mosquitto.conf").read_text(encoding="utf-8")
        for theirs, own_path in ours.items():
            assert text.count(theirs) >= 1, theirs
            text = text.replace(theirs, str(own_path))
        if os.geteuid() == 0:
            text += "user root\n"  # else it gives up root for a user who may not read our directory
        path = directory / "mosquitto.conf"
        path.write_text(text, encoding="utf-8")
        super().__init__(find("mosquitto"), ["-c", str(path)], directory, {})

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


def passwords(deployment: Path, users: Iterable[str]) -> dict[str, str]:
    """What `mangrove secrets` wrote for each user."""
    secrets = deployment / "secrets"
    return {user: (secrets / f"broker-{user}").read_text(encoding="utf-8").split()[-1] for user in users}
