"""A mosquitto broker of our own."""

import hashlib
import os
import secrets
import socket
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from servers.find import find
from servers.ports import HOST, free_port
from servers.process import Server

# MQTT 3.1.1 §3.1: CONNECT, clean session, keep alive 5 s, client id "ready".
_CONNECT = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x05\x00\x05ready"
_CONNACK = b"\x20\x02"


class Mosquitto(Server):
    """A broker on `host:port`, anonymous unless `users` are given.

    `users` maps names to passwords; `acl` is the text of an ACL file (mosquitto.conf(5)), which without `users` holds
    for everybody; `options` adds or replaces lines of mosquitto.conf, such as {"max_packet_size": 100_000}.
    Queues have no bound, so that what a test loses it did not lose here. Retained messages survive `stop()`, but not
    `kill()`. Raises MissingServerError.
    """

    def __init__(
        self,
        directory: Path,
        *,
        users: Mapping[str, str] | None = None,
        acl: str | None = None,
        options: Mapping[str, str | int] | None = None,
    ) -> None:
        self.host = HOST
        self.port = free_port()
        directory = directory / "mosquitto"
        directory.mkdir(parents=True)
        lines: dict[str, str | int] = {
            "listener": f"{self.port} {self.host}",
            "allow_anonymous": "false" if users else "true",
            "max_queued_messages": 0,
            "max_inflight_messages": 0,
            "set_tcp_nodelay": "true",
            "persistence": "true",
            "persistence_location": f"{directory}/",
        }
        if os.geteuid() == 0:
            lines["user"] = "root"  # else it gives up root for a user who may not read our directory
        if users:
            lines["password_file"] = _private(directory / "passwords", _passwords(users))
        if acl is not None:
            lines["acl_file"] = _private(directory / "acl", acl)
        configuration = "".join(f"{name} {value}\n" for name, value in (lines | dict(options or {})).items())
        path = _private(directory / "mosquitto.conf", configuration)
        super().__init__(find("mosquitto"), ["-c", path], directory, {})

    def is_ready(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=1) as connection:
                connection.sendall(_CONNECT)
                return connection.recv(4).startswith(_CONNACK)
        except OSError:
            return False


def _private(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return str(path)


def _passwords(users: Mapping[str, str]) -> str:
    """The text of a password file: PBKDF2-SHA512, as mosquitto_passwd(1) writes it."""
    lines = []
    for name, password in users.items():
        salt, rounds = secrets.token_bytes(12), 101
        digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
        lines.append(f"{name}:$7${rounds}${b64encode(salt).decode()}${b64encode(digest).decode()}\n")
    return "".join(lines)
